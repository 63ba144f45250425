"""The database refuses to change or remove what was logged: promise 3, on PostgreSQL and on SQLite."""

# ruff: noqa: S608 the tables are named below
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from uuid_utils.compat import uuid7

from audit.models import Checkpoint, EndedLog, Erasure, Leaf, LoggedEntry, Record, Tile, Timestamp
from audit.tree.tiles import TILE_WIDTH
from deploy.private_services import OWNER
from tests.audit.log import append, grow, signed_in_as
from tests.conftest import TestDatabase

ONLY_GROWS = ["audit_entry", "audit_leaf", "audit_tile", "audit_checkpoint", "audit_erasure"]
KEYS = {
    "audit_entry": "id",
    "audit_record": "entry_id",
    "audit_erasure": "entry_id",
    "audit_leaf": '"index"',
    "audit_tile": "level",
    "audit_checkpoint": "size",
    "audit_log_head": "id",
    "audit_pending": "entry_id",
}


def count_rows() -> list[int]:
    return [model.objects.count() for model in (LoggedEntry, Record, Erasure, Leaf, Tile, Checkpoint)]


class TestPostgreSQL:
    @pytest.fixture(autouse=True)
    def _log(self, committed_db: TestDatabase) -> None:
        self.database = committed_db
        grow(TILE_WIDTH + 1)
        append()
        self.before = count_rows()

    def test_the_owner_cannot_change_anything(self, subtests: pytest.Subtests) -> None:
        with self.database.connect() as owner:
            for table in [*ONLY_GROWS, "audit_record"]:
                change = f"UPDATE {table} SET {KEYS[table]} = {KEYS[table]}"
                # Even where no row would be touched: the attempt itself is wrong.
                forbidden = [change, f"{change} WHERE false", f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE"]
                if table in ONLY_GROWS:
                    forbidden.append(f"DELETE FROM {table}")
                for statement in forbidden:
                    with (
                        subtests.test(statement),
                        pytest.raises(psycopg.errors.RestrictViolation, match="only grows"),
                    ):
                        owner.execute(statement)
        assert count_rows() == self.before

    def test_switching_triggers_off_for_a_session_does_not_help(self) -> None:
        with self.database.connect() as owner:
            owner.execute("SET session_replication_role = replica")
            with pytest.raises(psycopg.errors.RestrictViolation):
                owner.execute("DELETE FROM audit_entry")

    def test_the_head_only_moves_on_and_pending_rows_do_not_change(self, subtests: pytest.Subtests) -> None:
        with self.database.connect() as owner:
            for statement in [
                "UPDATE audit_log_head SET size = size - 1",
                "UPDATE audit_log_head SET size = size",
                "UPDATE audit_log_head SET frontier = ''",
                "UPDATE audit_log_head SET id = 2, size = size + 1",
                "DELETE FROM audit_log_head",
                "TRUNCATE audit_log_head",
                "UPDATE audit_pending SET commitment = commitment",
                "TRUNCATE audit_pending",
            ]:
                with subtests.test(statement), pytest.raises(psycopg.errors.RestrictViolation):
                    owner.execute(statement)

    def test_not_even_a_superuser_erases_by_mistake(self) -> None:
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege, match="deelwijs_eraser")
        with self.database.connect() as owner, refused:
            owner.execute("DELETE FROM audit_record")
        assert count_rows() == self.before

    def test_the_eraser_erases_a_record_and_nothing_else(self) -> None:
        entry_id = LoggedEntry.objects.earliest("id").id
        with self.database.connect("deelwijs_eraser") as eraser:
            eraser.execute("SET ROLE deelwijs_eraser")
            delete = "DELETE FROM audit_record WHERE entry_id = %s"
            with pytest.raises(psycopg.errors.RestrictViolation, match="audit_erasure names first"):
                eraser.execute(delete, [entry_id])
            assert count_rows() == self.before
            eraser.execute("INSERT INTO audit_erasure VALUES (%s, %s, 'order', now())", [entry_id, entry_id])
            assert eraser.execute(delete, [entry_id]).rowcount == 1
        assert not Record.objects.filter(entry_id=entry_id).exists()
        assert LoggedEntry.objects.filter(id=entry_id).exists()


class TestSQLite:
    @pytest.fixture(autouse=True)
    def _log(self, sqlite_db: Path) -> None:
        grow(TILE_WIDTH + 1)
        append()
        # As nobody may on SQLite; the row is there to be kept.
        Erasure.objects.create(entry_id=uuid7(), erased_by=uuid7(), rule="order", at=datetime.now(UTC))
        self.before = count_rows()
        # A connection of anyone's, without the pragmas of the service.
        self.file = sqlite_db
        connection.close()

    def test_nothing_can_be_changed(self, subtests: pytest.Subtests) -> None:
        for table in [*ONLY_GROWS, "audit_record"]:
            key = KEYS[table]
            for statement in (
                f"UPDATE {table} SET {key} = {key}",
                f"UPDATE OR REPLACE {table} SET {key} = {key}",
                f"DELETE FROM {table}",
            ):
                with subtests.test(statement):
                    self._refused(statement)

    def test_no_row_can_be_put_in_the_place_of_another(self, subtests: pytest.Subtests) -> None:
        for table in [*ONLY_GROWS, "audit_record", "audit_log_head"]:
            for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT"):
                with subtests.test(verb, table=table):
                    self._refused(f"{verb} INTO {table} SELECT * FROM {table} LIMIT 1")

    def test_no_row_can_be_pushed_out_by_its_hidden_number(self, subtests: pytest.Subtests) -> None:
        for table in [*ONLY_GROWS, "audit_record"]:
            columns = f"rowid, {self._columns(table)}"
            with subtests.test(table):
                self._refused(f"REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1")

    def test_no_leaf_can_be_pushed_out_by_its_entry(self) -> None:
        elsewhere = "SELECT 9999, entry_id, leaf_hash FROM audit_leaf LIMIT 1"
        self._refused(f'REPLACE INTO audit_leaf ("index", entry_id, leaf_hash) {elsewhere}')

    def test_the_head_and_pending_rows_are_kept_too(self, subtests: pytest.Subtests) -> None:
        for statement in [
            "UPDATE audit_log_head SET size = size - 1",
            "UPDATE audit_log_head SET frontier = ''",
            "DELETE FROM audit_log_head",
            "UPDATE audit_pending SET commitment = commitment",
        ]:
            with subtests.test(statement):
                self._refused(statement)

    def _columns(self, table: str) -> str:
        with sqlite3.connect(self.file) as anyone:
            return ", ".join(f'"{name}"' for (_, name, *_) in anyone.execute(f"PRAGMA table_info({table})"))

    def _refused(self, statement: str) -> None:
        anyone = sqlite3.connect(self.file)
        try:
            anyone.execute("PRAGMA recursive_triggers = OFF")
            with pytest.raises(sqlite3.IntegrityError, match=r"only grows|never changes"):
                anyone.execute(statement)
        finally:
            anyone.close()
        assert count_rows() == self.before


class TestEndedLogsAndTimestamps:
    """What stands beside the tree is kept as the tree is, also from the owner."""

    @pytest.fixture(autouse=True)
    def _rows(self, either_db: None) -> Iterator[None]:
        now = datetime.now(UTC)
        with signed_in_as(OWNER):
            EndedLog.objects.create(
                size=3, root=bytes(32), origin="ended", verifier_keys="", last_note="", entry_id=uuid7(), at=now
            )
            Timestamp.objects.create(size=3, response=b"as it came", at=now, authority="CN=us")
            self.before = self.rows()
            yield

    def rows(self) -> list[object]:
        return [*EndedLog.objects.values(), *Timestamp.objects.values()]

    @pytest.mark.parametrize("table", ["audit_ended_log", "audit_timestamp"])
    def test_nothing_can_be_changed(self, table: str, subtests: pytest.Subtests) -> None:
        statements = [f"UPDATE {table} SET size = 4", f"DELETE FROM {table}"]
        if connection.vendor == "postgresql":
            statements += [f"TRUNCATE {table}", f"UPDATE {table} SET size = 4 WHERE false"]
        else:
            statements += [f"REPLACE INTO {table} SELECT * FROM {table}", f"UPDATE OR REPLACE {table} SET size = 4"]
        for statement in statements:
            with subtests.test(statement):
                with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
                    connection.cursor().execute(statement)
                assert self.rows() == self.before
