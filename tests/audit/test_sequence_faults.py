"""What goes wrong around the sequencer: it is killed, it has a twin, transactions commit out of order."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from audit.models import Checkpoint, Leaf, LogHead, Pending, Tile
from audit.roles import SEQUENCER
from audit.services import sequence as sequencing
from audit.services.append import append_entry
from audit.services.sequence import HeadMoved, sequence_pending
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from audit.tree.tiles import TILE_WIDTH, FullTile, tiles_filled
from tests.audit.log import an_entry, append, grow, sequence, signed_in_as
from tests.conftest import TestDatabase

pytestmark = pytest.mark.usefixtures("committed_db")


class Killed(BaseException):
    """Ends the sequencer where it stands."""


def kill_sequencer_at(statement: str) -> None:
    """Kill the sequencer just before its first statement that begins so."""

    def kill(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(statement):
            raise Killed
        return execute(sql, params, many, context)

    with signed_in_as(SEQUENCER), connection.execute_wrapper(kill), pytest.raises(Killed):
        sequence_pending(limit=10_000)


STATEMENTS = [
    'INSERT INTO "audit_leaf"',
    'INSERT INTO "audit_tile"',
    'DELETE FROM "audit_pending"',
    'UPDATE "audit_log_head"',
    'INSERT INTO "audit_checkpoint"',
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_killed_anywhere_it_goes_on_where_it_was(statement: str) -> None:
    grow(3)
    appended = append(TILE_WIDTH)

    kill_sequencer_at(statement)
    sequence()

    assert Leaf.objects.count() == LogHead.objects.get().size == TILE_WIDTH + 3
    assert {one.id for one in appended} <= set(Leaf.objects.values_list("entry_id", flat=True))
    assert verify_log(verifier=load_verifier()).discrepancy is None


@pytest.mark.parametrize("statement", STATEMENTS[:-1])
def test_killed_before_the_head_moved_it_left_nothing(statement: str) -> None:
    append(TILE_WIDTH)
    kill_sequencer_at(statement)
    assert Pending.objects.count() == TILE_WIDTH
    assert LogHead.objects.get().size == 0
    assert not Leaf.objects.exists()
    assert not Tile.objects.exists()
    assert not Checkpoint.objects.exists()


def test_killed_between_file_and_table_it_signs_the_same_note_again() -> None:
    append(3)
    kill_sequencer_at('INSERT INTO "audit_checkpoint"')
    kept = Path(settings.LOG_LAST_CHECKPOINT_FILE).read_text(encoding="utf-8")
    assert not Checkpoint.objects.exists()
    assert sequence().checkpoint == kept == Checkpoint.objects.get().note


def test_while_one_works_another_gives_way(committed_db: TestDatabase) -> None:
    append(3)
    with committed_db.connect(SEQUENCER) as other, other.transaction():
        other.execute("SELECT * FROM audit_log_head FOR UPDATE")
        assert sequence().gave_way
    assert Pending.objects.count() == 3
    assert sequence().added == 3


def test_who_loses_the_lock_without_noticing_commits_nothing(
    committed_db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fence: a sequencer that believes that it has the head, while another moves it."""
    append(3)
    monkeypatch.setattr(sequencing, "lock_head", lambda: LogHead.objects.first())

    def while_another_moves_the_head(**arguments: Any) -> list[FullTile]:
        with committed_db.connect() as other:
            other.execute("UPDATE audit_log_head SET size = 1, frontier = %s", [bytes(32)])
        return tiles_filled(**arguments)

    monkeypatch.setattr(sequencing, "tiles_filled", while_another_moves_the_head)
    with pytest.raises(HeadMoved):
        sequence()
    assert Pending.objects.count() == 3
    assert not Leaf.objects.exists()


def test_several_at_once_give_every_entry_one_place(committed_db: TestDatabase) -> None:
    append(300)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while Pending.objects.exists():
                sequence_pending(limit=7)
        except BaseException as error:  # noqa: BLE001 a thread would swallow it
            errors.append(error)
        finally:
            connection.close()

    with signed_in_as(SEQUENCER):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert errors == []
    assert Leaf.objects.count() == 300
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_an_entry_that_commits_late_is_not_passed_over(committed_db: TestDatabase) -> None:
    """Its id is older than that of entries that have their place already."""
    began, go_on = threading.Event(), threading.Event()
    late = an_entry(case="late")

    def commit_late() -> None:
        try:
            with transaction.atomic():
                append_entry(late)
                began.set()
                go_on.wait(10)
        finally:
            connection.close()

    slow = threading.Thread(target=commit_late)
    slow.start()
    assert began.wait(10)
    grow(5)
    assert not Leaf.objects.filter(entry_id=late.id).exists()
    go_on.set()
    slow.join()
    sequence()

    assert Leaf.objects.get(entry_id=late.id).index == 5
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_appending_does_not_wait_for_the_sequencer(committed_db: TestDatabase) -> None:
    append(2)
    with committed_db.connect(SEQUENCER) as other, other.transaction():
        other.execute("SELECT * FROM audit_log_head FOR UPDATE")
        other.execute("DELETE FROM audit_pending")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        append()
    assert Pending.objects.count() == 1
