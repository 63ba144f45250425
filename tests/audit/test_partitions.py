"""On PostgreSQL every month has its partition, made ahead and guarded like the whole; no entry is ever refused."""

# ruff: noqa: S608 the tables are named below
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from audit.checks.guards import check_guards
from audit.models import Alarm, LoggedEntry, Record
from audit.partitions.months import first_id, month_after, month_of, partition_name
from audit.roles import APP, ERASER, ROLES
from audit.services.partitions import MISSING, MONTHS_AHEAD, make_partitions, move_out_of_default
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from audit.tasks import make_partitions as make_partitions_task
from deploy.private_services import OWNER
from tests.audit.log import append, grow, sequence, signed_in_as
from tests.conftest import TestDatabase

THIS_MONTH = month_of(datetime.now(UTC))
NEXT_MONTH = month_after(THIS_MONTH)
BOTH = ("audit_entry", "audit_record")


def id_at(moment: datetime) -> UUID:
    """Return a UUIDv7 as a clock makes it at a moment."""
    return UUID(int=(round(moment.timestamp() * 1000) << 80) | (uuid7().int & ((1 << 80) - 1)))


def partition_of(entry_id: UUID) -> tuple[str, str]:
    """Return the partitions that entry and record lie in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.tableoid::regclass::text, r.tableoid::regclass::text"
            " FROM audit_entry e JOIN audit_record r ON r.entry_id = e.id WHERE e.id = %s",
            [entry_id],
        )
        entry, record = cursor.fetchone()
        return entry, record


def append_at(moment: datetime) -> UUID:
    (logged,) = append(1, id=id_at(moment), at=moment)
    return logged.id


def partitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class p ON p.oid = inhparent"
            " WHERE p.relkind = 'p' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


class TestMonths:
    @pytest.mark.parametrize(
        ("moment", "month"),
        [
            (datetime(2028, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC)),
            (datetime(2028, 3, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
            (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
            # In Amsterdam it is February already.
            (datetime(2027, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), datetime(2027, 1, 1, tzinfo=UTC)),
        ],
    )
    def test_they_are_those_of_utc(self, moment: datetime, month: datetime) -> None:
        assert month_of(moment) == month

    def test_years_go_on(self) -> None:
        assert month_after(datetime(2026, 12, 1, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
        assert month_after(datetime(2026, 11, 1, tzinfo=UTC), 14) == datetime(2028, 1, 1, tzinfo=UTC)

    @given(st.integers(1, 32_000_000_000_000))
    def test_every_id_lies_within_its_month(self, milliseconds: int) -> None:
        moment = datetime.fromtimestamp(0, tz=UTC) + timedelta(milliseconds=milliseconds)
        month = month_of(moment)
        assert first_id(month) <= id_at(moment) < first_id(month_after(month))

    def test_the_database_says_the_same(self, db: None, database: TestDatabase) -> None:
        months = [month_after(datetime(2020, 1, 1, tzinfo=UTC), number) for number in range(0, 240, 7)]
        with database.connect() as owner:
            for month in months:
                (said,) = owner.execute("SELECT audit_first_id(%s)", [month.replace(tzinfo=None)]).fetchone() or (None,)
                assert said == first_id(month)


class TestWhereEntriesLie:
    def test_on_both_sides_of_midnight(self, db: None) -> None:
        last = append_at(NEXT_MONTH - timedelta(milliseconds=1))
        first = append_at(NEXT_MONTH)
        assert partition_of(last) == ("audit_entry_earlier", "audit_record_earlier")
        assert partition_of(first) == tuple(partition_name(table, NEXT_MONTH) for table in BOTH)

    @pytest.mark.parametrize("year", [1971, 2100, 9000])
    def test_a_strange_clock_is_no_reason_to_refuse(self, db: None, year: int) -> None:
        entry_id = append_at(datetime(year, 2, 3, tzinfo=UTC))
        expected = "earlier" if year < 2000 else "default"
        assert partition_of(entry_id) == tuple(f"{table}_{expected}" for table in BOTH)

    def test_a_log_across_months_verifies(self, committed_db: TestDatabase) -> None:
        for moment in (datetime(1999, 1, 1, tzinfo=UTC), NEXT_MONTH, datetime(2100, 1, 1, tzinfo=UTC)):
            append_at(moment)
        grow(3)
        result = verify_log(verifier=load_verifier())
        assert (result.discrepancy, result.leaves) == (None, 6)


class TestMadeAhead:
    def test_by_the_service_itself(self, committed_db: TestDatabase) -> None:
        before = partitions()
        made = make_partitions_task()
        expected = {
            partition_name(table, month_after(THIS_MONTH, n)) for table in BOTH for n in range(2, MONTHS_AHEAD + 1)
        }
        assert set(made) == expected
        assert set(partitions()) == set(before) | expected
        assert check_guards(databases=["default"]) == []
        assert not Alarm.objects.going().exists()
        entry_id = append_at(month_after(THIS_MONTH, MONTHS_AHEAD) + timedelta(days=3))
        assert partition_of(entry_id)[0] == partition_name("audit_entry", month_after(THIS_MONTH, MONTHS_AHEAD))
        assert make_partitions_task() == [], "safe to run twice"

    def test_by_hand(self, db: None) -> None:
        out = StringIO()
        call_command("make_partitions", "--months", "2", stdout=out)
        assert f"{partition_name('audit_record', month_after(THIS_MONTH, 2))}: made" in out.getvalue()
        out = StringIO()
        call_command("make_partitions", "--months", "2", stdout=out)
        assert "Every coming month has its partitions." in out.getvalue()

    @pytest.mark.parametrize("months", ["0", "25"])
    def test_not_without_end(self, db: None, months: str) -> None:
        with pytest.raises(CommandError, match="1 to 24"):
            call_command("make_partitions", "--months", months)

    @pytest.mark.parametrize("months", [-1, 0, 25, 1_000_000])
    def test_the_database_refuses_that_too(self, db: None, database: TestDatabase, months: int) -> None:
        with database.connect(APP) as service, pytest.raises(psycopg.errors.InvalidParameterValue):
            service.execute("SELECT audit_make_partitions(%s)", [months])

    def test_nobody_else_can(self, db: None, database: TestDatabase) -> None:
        for role in ROLES:
            for function in ("make_partitions(integer)", "guard_like(regclass, regclass)", "first_id(timestamp)"):
                with database.connect() as owner:
                    may = owner.execute(
                        "SELECT has_function_privilege(%s, %s, 'EXECUTE')", [role, f"audit_{function}"]
                    ).fetchone()
                assert may == (role == APP and function.startswith("make_partitions"),), f"{role}: {function}"

    def test_what_the_service_puts_in_its_own_way_is_not_taken_for_ours(self, db: None, database: TestDatabase) -> None:
        """A function that runs as the owner finds nothing by a name that its caller can give a meaning."""
        with database.connect() as owner:
            found = owner.execute(
                "SELECT prosecdef, proconfig FROM pg_proc WHERE proname = 'audit_make_partitions'"
            ).fetchone()
        assert found == (True, ["search_path=pg_catalog, pg_temp", "lock_timeout=1s"])

    def test_sqlite_has_none(self, sqlite_db: object) -> None:
        assert make_partitions() == []
        with pytest.raises(CommandError, match="PostgreSQL"):
            call_command("make_partitions")


class TestGuards:
    @pytest.fixture
    def log(self, committed_db: TestDatabase) -> TestDatabase:
        append_at(NEXT_MONTH)
        append_at(datetime(2100, 1, 1, tzinfo=UTC))
        grow(1)
        return committed_db

    def test_the_owner_cannot_change_a_partition(self, log: TestDatabase, subtests: pytest.Subtests) -> None:
        before = (LoggedEntry.objects.count(), Record.objects.count())
        with log.connect() as owner:
            owner.execute("SET session_replication_role = replica")
            for partition in partitions():
                key = "id" if partition.startswith("audit_entry") else "entry_id"
                for statement in (
                    f"UPDATE {partition} SET {key} = {key}",
                    f"UPDATE {partition} SET {key} = {key} WHERE false",
                    f"DELETE FROM {partition}",
                    f"TRUNCATE {partition}",
                    f"INSERT INTO {partition} SELECT * FROM {partition} ON CONFLICT ({key}) DO UPDATE SET {key} = NULL",
                ):
                    with (
                        subtests.test(statement),
                        pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)),
                    ):
                        owner.execute(statement)
        assert before == (LoggedEntry.objects.count(), Record.objects.count())

    def test_no_role_reaches_one_past_its_table(self, db: None, database: TestDatabase) -> None:
        with database.connect() as owner:
            for partition in partitions():
                for role in ROLES:
                    for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
                        held = owner.execute("SELECT has_table_privilege(%s, %s, %s)", [role, partition, verb])
                        assert held.fetchone() == (False,), f"{role} may {verb} {partition}"

    def test_the_eraser_erases_in_every_month(self, log: TestDatabase) -> None:
        with log.connect(ERASER) as eraser:
            eraser.execute("SET ROLE deelwijs_eraser")
            eraser.execute("INSERT INTO audit_erasure SELECT entry_id, entry_id, 'order', now() FROM audit_record")
            assert eraser.execute("DELETE FROM audit_record").rowcount == 3
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                eraser.execute("DELETE FROM audit_entry")
        assert LoggedEntry.objects.count() == 3

    @pytest.mark.parametrize(
        "break_it",
        [
            lambda name: f"DROP TRIGGER only_grows ON {name}",
            lambda name: f"ALTER TABLE {name} DISABLE TRIGGER only_grows",
            lambda name: f"ALTER TABLE {name} ENABLE TRIGGER only_grows",
        ],
        ids=["dropped", "disabled", "not always"],
    )
    def test_a_partition_that_lost_one_is_found(self, log: TestDatabase, break_it: Callable[[str], str]) -> None:
        name = partition_name("audit_entry", NEXT_MONTH)
        assert check_guards(databases=["default"]) == []
        with log.connect() as owner:
            owner.execute(break_it(name))
        (message,) = check_guards(databases=["default"])
        assert message.id == "audit.E008"
        assert name in message.msg


class TestDefault:
    """What is left when beat did not run: rows of months that have no partition yet."""

    LATER = month_after(THIS_MONTH, 2)

    @pytest.fixture
    def late(self, committed_db: TestDatabase) -> list[UUID]:
        found = [append_at(self.LATER + timedelta(days=day)) for day in (0, 9)]
        found.append(append_at(datetime(2100, 1, 1, tzinfo=UTC)))
        sequence()
        return found

    def test_a_month_with_rows_there_is_passed_over(self, late: list[UUID]) -> None:
        made = make_partitions()
        assert made == [partition_name(table, month_after(THIS_MONTH, 3)) for table in BOTH]
        assert Record.objects.count() == len(late)

    def test_the_owner_moves_them_and_nothing_is_lost(self, late: list[UUID], committed_db: TestDatabase) -> None:
        def rows() -> list[Any]:
            return [list(LoggedEntry.objects.order_by("pk").values()), list(Record.objects.order_by("pk").values())]

        before = rows()
        with signed_in_as(OWNER):
            call_command("make_partitions", "--move", stdout=(out := StringIO()))
        assert f"{partition_name('audit_entry', self.LATER)}: made, 2 rows moved into it" in out.getvalue()
        assert rows() == before
        assert partition_of(late[1]) == tuple(partition_name(table, self.LATER) for table in BOTH)
        assert partition_of(late[2]) == ("audit_entry_default", "audit_record_default")
        assert check_guards(databases=["default"]) == []
        assert verify_log(verifier=load_verifier()).discrepancy is None
        with committed_db.connect() as owner, pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute("DELETE FROM audit_entry_default")

    def test_the_service_may_not_move_them(self, late: list[UUID]) -> None:
        before = partitions()
        with pytest.raises(CommandError, match="owner"):
            call_command("make_partitions", "--move")
        assert partitions() == before

    def test_a_next_month_without_one_raises_the_alarm(self, committed_db: TestDatabase) -> None:
        name = partition_name("audit_entry", NEXT_MONTH)
        with committed_db.connect() as owner:
            owner.execute(f"DROP TABLE {name}")
        entry_id = append_at(NEXT_MONTH + timedelta(days=1))
        make_partitions()
        alarm = Alarm.objects.going().get()
        assert (alarm.kind, alarm.where) == (MISSING, "audit_entry")
        assert name in alarm.explanation
        with signed_in_as(OWNER):
            assert move_out_of_default()[name] == 1
            make_partitions()
        assert not Alarm.objects.going().exists()
        assert partition_of(entry_id)[0] == name

    def test_who_reads_for_long_is_not_waited_for_long(self, committed_db: TestDatabase) -> None:
        with committed_db.connect() as reader, reader.transaction():
            reader.execute("SELECT count(*) FROM audit_record")
            assert make_partitions() == []
        assert len(make_partitions()) == 2 * (MONTHS_AHEAD - 1)


def shape(owner: "psycopg.Connection[tuple[Any, ...]]") -> dict[str, list[tuple[Any, ...]]]:
    """Return what the two tables are made of, but for their partitions."""
    return {
        name: owner.execute(query, {"tables": list(BOTH)}).fetchall()
        for name, query in {
            "columns": "SELECT attrelid::regclass::text, attname, atttypid, attnotnull FROM pg_attribute"
            " WHERE attrelid::regclass::text = ANY(%(tables)s) AND attnum > 0 ORDER BY 1, attnum",
            "indexes": "SELECT tablename, indexname, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes"
            " WHERE tablename = ANY(%(tables)s) ORDER BY 1, 2",
            "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text = ANY(%(tables)s) ORDER BY 1, 2",
            "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger"
            " WHERE tgrelid::regclass::text = ANY(%(tables)s) ORDER BY 1, 2",
            "rights": "SELECT oid::regclass::text, relacl::text FROM pg_class"
            " WHERE oid::regclass::text = ANY(%(tables)s) ORDER BY 1",
        }.items()
    }


def test_the_step_there_and_back_loses_no_row(committed_db: TestDatabase) -> None:
    append_at(NEXT_MONTH)
    append_at(datetime(2100, 1, 1, tzinfo=UTC))
    grow(3)
    make_partitions()

    def rows(owner: "psycopg.Connection[tuple[Any, ...]]") -> list[Any]:
        return [owner.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in BOTH]

    with committed_db.connect() as owner, signed_in_as(OWNER):
        call_command("migrate", "audit", "0008_monthly_partitions", verbosity=0)
        before, made_of = rows(owner), shape(owner)
        call_command("migrate", "audit", "0007_deferral", verbosity=0)
        assert rows(owner) == before
        assert shape(owner) == made_of
        assert partitions() == []
        assert check_guards(databases=["default"]) == []
        call_command("migrate", "audit", "0008_monthly_partitions", verbosity=0)
        assert rows(owner) == before
        assert shape(owner) == made_of
        call_command("migrate", "audit", verbosity=0)
        call_command("grant_roles", verbosity=0)
    assert check_guards(databases=["default"]) == []
    assert verify_log(verifier=load_verifier()).discrepancy is None
    append()


def test_reading_stays_driven_by_indexes(db: None) -> None:
    """However many months there are, a page of the list reads an index of each and no table."""
    call_command("make_partitions", "--months", "24", stdout=StringIO())
    append(2)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        newest = Record.objects.newest_first()[:25].explain()
        one = Record.objects.filter(entry_id=first_id(NEXT_MONTH)).explain()
    assert "Merge Append" in newest
    assert "Sort  " not in newest
    assert newest.count("Index Scan") == 26
    assert one.count("Scan") == 1, "the others are not looked at"
