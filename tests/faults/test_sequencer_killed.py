"""The sequencer is killed (SIGKILL) at every step that it takes, and started again: nothing is lost, nothing forks."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.fork_guard.memory import checkpoint_memory, on_disk
from audit.fork_guard.memory.on_disk import FileMemory
from audit.models import Checkpoint, Leaf, LoggedEntry, LogHead, Pending
from audit.roles import SEQUENCER
from audit.services.sequence import sequence_pending
from audit.services.verify import verify_log
from audit.signing.checkpoint import open_checkpoint
from audit.signing.log_key import load_verifier
from audit.tree.tiles import TILE_WIDTH
from tests.audit.log import append, grow, sequence, signed_in_as
from tests.conftest import TestDatabase, cloned, django_uses
from tests.faults.processes import Fork, until_alone

Reached = Callable[[str], None]


def tick(reached: Reached) -> None:
    """One tick that tells of every step just before it is taken: statements, commits, and writes of the memory."""

    def statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        reached(sql[:40])
        return execute(sql, params, many, context)

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (BaseDatabaseWrapper, "_commit"),
            (FileMemory, "read"),
            (on_disk, "replace_file"),
            (os, "fsync"),
            (Path, "replace"),
        ):
            patch.setattr(owner, name, _announced(getattr(owner, name), name, reached))
        with signed_in_as(SEQUENCER), connection.execute_wrapper(statement):
            sequence_pending(limit=10_000)
            reached("the end")


def _announced(original: Callable[..., Any], name: str, reached: Reached) -> Callable[..., Any]:
    def announce(*given: Any, **named: Any) -> Any:
        reached(f"before {name}")
        result = original(*given, **named)
        reached(f"after {name}")
        return result

    return announce


def kill_at(step: int) -> None:
    """Take a tick in a process of its own, up to a step."""
    taken = 0

    def reached(what: str) -> None:
        nonlocal taken
        if taken == step:
            os.kill(os.getpid(), signal.SIGKILL)
        taken += 1

    process = Fork(lambda: tick(reached))
    assert process.wait() == -signal.SIGKILL, f"step {step} was not reached"


def check_that_all_is_well(kept: str | None, appended: int) -> None:
    """Check what must hold after the next tick: every entry once, signed, and no older checkpoint contradicted."""
    assert Leaf.objects.count() == LogHead.objects.get().size == LoggedEntry.objects.count() == appended
    assert not Pending.objects.exists()
    newest = Checkpoint.objects.newest_first()[0]
    remembered = checkpoint_memory().read()
    assert remembered is not None
    assert (newest.size, newest.note) == (appended, remembered.note)
    heads = [open_checkpoint(kept, load_verifier())] if kept else []
    assert verify_log(verifier=load_verifier(), kept=heads).discrepancy is None


def steps_of_a_tick(database: TestDatabase) -> list[str]:
    """Take the tick in a copy, and return its steps."""
    steps: list[str] = []
    file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
    before = file.read_bytes()
    with cloned(database.postgres, of=database.name) as copy, django_uses(copy):
        tick(steps.append)
    file.write_bytes(before)
    return steps


def kill_in_copies(database: TestDatabase, wanted: Callable[[str], bool], subtests: pytest.Subtests) -> int:
    """Kill the same tick at each wanted step, each time in a copy; return at how many."""
    steps = steps_of_a_tick(database)
    assert steps[-1] == "the end"
    file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
    before = file.with_name("before")
    shutil.copyfile(file, before)
    chosen = [number for number, step in enumerate(steps) if wanted(step)]
    for number in chosen:
        with subtests.test(steps[number], step=number), cloned(database.postgres, of=database.name) as copy:
            shutil.copyfile(before, file)
            with django_uses(copy):
                kill_at(number)
                until_alone(copy)
                kept = checkpoint_memory().read()
                appended = append(2)
                sequence()
                check_that_all_is_well(kept.note if kept else None, TILE_WIDTH + 4 + len(appended))
    return len(chosen)


@pytest.fixture
def log(committed_db: TestDatabase) -> TestDatabase:
    """A log whose next tick fills a tile."""
    grow(TILE_WIDTH - 1)
    append(5)
    return committed_db


def test_killed_while_it_writes_outside_the_database(log: TestDatabase, subtests: pytest.Subtests) -> None:
    steps = ("after replace_file", "before replace", "after replace")
    assert kill_in_copies(log, lambda step: step in steps, subtests) == 3


@pytest.mark.slow
def test_killed_at_every_step(log: TestDatabase, subtests: pytest.Subtests) -> None:
    assert kill_in_copies(log, lambda step: True, subtests) > 25  # noqa: ARG005 every step


@pytest.mark.slow
def test_killed_at_every_step_of_its_first_tick_of_all(committed_db: TestDatabase, subtests: pytest.Subtests) -> None:
    """There is no checkpoint yet, in the database or outside it."""
    append(3)
    file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
    steps: list[str] = []
    with cloned(committed_db.postgres, of=committed_db.name) as copy, django_uses(copy):
        tick(steps.append)
    for number, step in enumerate(steps):
        file.unlink(missing_ok=True)
        with (
            subtests.test(step, step=number),
            cloned(committed_db.postgres, of=committed_db.name) as copy,
            django_uses(copy),
        ):
            kill_at(number)
            until_alone(copy)
            sequence()
            check_that_all_is_well(None, 3)
