"""The sequencer as a process: works by itself, ends cleanly, outlives its database, says when it cannot go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings

from audit.fork_guard.memory import checkpoint_memory
from audit.management.commands.sequence import REFUSED
from audit.models import Alarm, Checkpoint, Leaf, Pending
from audit.roles import SEQUENCER
from audit.services.verify import verify_log
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer, load_verifier
from tests.audit.log import append
from tests.conftest import BASE, TestDatabase

# In seconds: how long a busy machine may take to start a process. Nothing that waits so long is about speed.
PATIENCE = 120


@contextmanager
def sequencer(database: TestDatabase, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sequence", *arguments],
        cwd=BASE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "deploy.settings", "DATABASE_URL": database.url(SEQUENCER)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(holds: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def everything_is_signed(number: int) -> bool:
    return Checkpoint.objects.filter(size=number).exists() and not Pending.objects.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_works_until_it_is_told_to_stop(committed_db: TestDatabase, number: signal.Signals) -> None:
    append(3)
    with sequencer(committed_db) as process:
        wait_until(lambda: everything_is_signed(3), process)
        append(2)
        wait_until(lambda: everything_is_signed(5), process)
        process.send_signal(number)
        assert process.wait(10) == 0
        assert "Traceback" not in process.communicate()[1]


def test_it_goes_on_when_the_database_is_back(committed_db: TestDatabase) -> None:
    with sequencer(committed_db) as process:
        wait_until(lambda: Checkpoint.objects.filter(size=0).exists(), process)
        with committed_db.connect() as owner:
            ended = owner.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE usename = 'deelwijs_sequencer_login' AND datname = current_database()"
            ).fetchone()
        assert ended is not None
        assert ended[0] >= 1
        append(4)
        wait_until(lambda: everything_is_signed(4), process)


def test_two_processes_share_one_log(committed_db: TestDatabase) -> None:
    with sequencer(committed_db) as one, sequencer(committed_db) as other:
        for _ in range(20):
            append(5)
        wait_until(lambda: everything_is_signed(100), one)
        assert other.poll() is None
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_killed_outright_it_leaves_nothing_half_done(committed_db: TestDatabase) -> None:
    for _ in range(3):
        append(40)
        with sequencer(committed_db) as process:
            wait_until(lambda: Leaf.objects.exists(), process)
            process.kill()
            process.wait(10)
        assert verify_log(verifier=load_verifier()).discrepancy is None


def test_once_does_what_waits_and_ends(committed_db: TestDatabase) -> None:
    append(3)
    with sequencer(committed_db, "--once") as process:
        assert process.wait(PATIENCE) == 0
    assert everything_is_signed(3)


def test_a_log_that_would_fork_ends_it_with_what_to_do(committed_db: TestDatabase) -> None:
    note = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, 9, bytes(32)), load_signer())
    checkpoint_memory().replace(note, expected=None)
    append(3)
    with sequencer(committed_db) as process:
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == REFUSED
    assert "Recover the database" in said
    assert Pending.objects.count() == 3
    alarm = Alarm.objects.going().get()
    assert (alarm.kind, alarm.where) == ("log-behind", settings.LOG_ORIGIN)
    assert "Recover the database" in alarm.explanation
