"""The clock of a machine is wrong, or a transaction is held open for long: entries keep their order, none is lost."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from audit.entry import Entry
from audit.models import Checkpoint, Leaf, Pending, Record
from audit.monitor.log_health import log_health
from audit.services import sequence as sequencing
from audit.services.append import append_entry
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from tests.audit.log import an_entry, append, grow, sequence
from tests.conftest import TestDatabase

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def entry_made(ago: timedelta) -> Entry:
    """An entry whose id and time were made by a clock at that moment."""
    then = datetime.now(UTC) - ago
    below = uuid7().int % 2**80
    return an_entry(id=UUID(int=int(then.timestamp() * 1000) << 80 | below), at=then)


def test_an_entry_of_a_transaction_that_was_open_for_a_minute_gets_in(committed_db: TestDatabase) -> None:
    """By its id it comes long before entries that have their places. The minute is in the id: nobody waits for it."""
    late = entry_made(MINUTE)
    began, go_on = threading.Event(), threading.Event()

    def hold_open() -> None:
        try:
            with transaction.atomic():
                append_entry(late)
                began.set()
                go_on.wait(60)
        finally:
            connection.close()

    slow = threading.Thread(target=hold_open)
    slow.start()
    assert began.wait(60)
    for _ in range(3):
        grow(100)
    assert log_health(now=datetime.now(UTC)).oldest_pending is None, "it is nowhere yet"
    go_on.set()
    slow.join()
    waited = log_health(now=datetime.now(UTC)).oldest_pending
    assert waited is not None
    assert waited >= MINUTE - timedelta(seconds=2), "the promise counts from when it was made"
    sequence()
    assert Leaf.objects.get(entry_id=late.id).index == 300
    assert verify_log(verifier=load_verifier()).discrepancy is None


@pytest.mark.usefixtures("committed_db")
class TestAnHourBack:
    def test_of_a_web_machine(self) -> None:
        grow(3)
        early = append_entry(entry_made(HOUR))
        append(2)
        sequence()
        assert Leaf.objects.get(entry_id=early.id).index == 3
        assert not Pending.objects.exists()
        assert Record.objects.newest_first().last() == Record.objects.get(entry_id=early.id), "it says what it knew"
        assert verify_log(verifier=load_verifier()).discrepancy is None

    def test_of_the_sequencer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        grow(3)

        class Slow(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> "Slow":
                return cls.fromtimestamp((datetime.now(tz) - HOUR).timestamp(), tz)

        monkeypatch.setattr(sequencing, "datetime", Slow)
        grow(2)
        newest, before = Checkpoint.objects.newest_first()
        assert (newest.size, before.size) == (5, 3), "newest by size, whatever the clock says"
        assert newest.at < before.at
        assert verify_log(verifier=load_verifier()).discrepancy is None
        health = log_health(now=datetime.now(UTC) - HOUR)
        assert health.keeps_promise
