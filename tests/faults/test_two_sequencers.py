"""Two sequencers work on one log at once, in two processes, and even the lock between them is lost."""

import time

import pytest
from django.db import IntegrityError, OperationalError

from audit.fork_guard.memory import MemoryMoved
from audit.fork_guard.refusals import LogBehindCheckpoint
from audit.models import Leaf, LogHead, Pending
from audit.roles import SEQUENCER
from audit.services import sequence as sequencing
from audit.services.sequence import HeadMoved, sequence_pending
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from tests.audit.log import append, sequence, signed_in_as
from tests.conftest import TestDatabase
from tests.faults.processes import Fork

ENTRIES = 120


def work(*, locked: bool) -> None:
    """Give places, few at a time, until nothing waits."""
    deadline = time.monotonic() + 60
    with pytest.MonkeyPatch.context() as patch, signed_in_as(SEQUENCER):
        if not locked:
            patch.setattr(sequencing, "lock_head", lambda: LogHead.objects.first())
        while Pending.objects.exists():
            assert time.monotonic() < deadline
            try:
                sequence_pending(limit=7)
            except (HeadMoved, MemoryMoved):
                continue
            except (IntegrityError, OperationalError, LogBehindCheckpoint):
                # Only without the lock: it saw half of what the other did, and everything of it was rolled back.
                if locked:
                    raise


@pytest.mark.parametrize("locked", [True, False])
def test_every_entry_gets_one_place(committed_db: TestDatabase, locked: bool) -> None:
    append(ENTRIES)
    processes = [Fork(lambda: work(locked=locked)) for _ in range(2)]
    for process in processes:
        process.finish()
    sequence()
    assert Leaf.objects.count() == LogHead.objects.get().size == ENTRIES
    result = verify_log(verifier=load_verifier())
    assert result.discrepancy is None
    assert result.checkpoints >= 1
