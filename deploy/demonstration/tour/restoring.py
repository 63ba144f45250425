"""A backup is put back: the log refuses to go on from it, says so, and can only be ended in public."""

import json
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.fork_guard.memory import checkpoint_memory
from audit.management.commands.sequence import REFUSED
from audit.models import Checkpoint
from audit.signing.log_key import create_key_files, verifier_file
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.scratch_copy import copy_log, run_on_copy
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal

_POLL_SECONDS = 0.25
_SUCCESSOR = "localhost/deelwijs-successor"


def keep_backup(journey: Journey) -> str:
    _wait_until_signed_past(0)
    journey.log_backup = copy_log(Path(tempfile.mkdtemp(prefix="deelwijs-tour-")))
    leaves = _one(journey.log_backup, "SELECT size FROM audit_log_head")
    return f"the log as it is now, with {leaves:,} leaves"


def restored_backup_is_refused(journey: Journey) -> str:
    backup = _backup(journey)
    held = _one(backup, "SELECT size FROM audit_log_head")
    _wait_until_signed_past(held)
    environment = _apart(backup)
    waiting = _one(backup, "SELECT count(*) FROM audit_pending")
    refused = run_on_copy(backup, "sequence", "--once", "--skip-checks", **environment)
    expect_equal("the sequencer on the restored backup: status", REFUSED, refused.returncode)
    alarm = _one(backup, "SELECT kind FROM audit_alarm WHERE ended_at IS NULL")
    expect_equal("the alarm at the oversight", "log-behind", alarm)
    after = _one(backup, "SELECT size FROM audit_log_head"), _one(backup, "SELECT count(*) FROM audit_pending")
    expect_equal("leaves, and entries that wait, in the backup", (held, waiting), after)
    said = next((line for line in refused.stderr.splitlines() if "Nothing is signed" in line), "")
    if f"holds {held} leaves" not in said:
        raise StepFailed(expected=f"words that say that it holds {held} leaves", received=refused.stderr)
    return f"alarm {alarm}: {said.partition('. ')[0].removeprefix('CommandError: ')}"


def backup_is_ended_in_public(journey: Journey) -> str:
    backup = _backup(journey)
    key = backup.with_name("successor-key")
    create_key_files(signing_key_file=key, origin=_SUCCESSOR)
    environment = {**_apart(backup), "LOG_ORIGIN": _SUCCESSOR, "LOG_SIGNING_KEY_FILE": str(key)}
    ended_key = verifier_file(Path(settings.LOG_SIGNING_KEY_FILE))
    decision = (
        "--decided-by=the town clerk",
        "--decided-by=the privacy officer",
        "--reason=A rehearsal: what came after the backup is taken to be lost.",
    )
    for command in (
        ("start_successor_log", f"--ended-keys={ended_key}", *decision, "--skip-checks"),
        ("verify_log", "--json"),
    ):
        done = run_on_copy(backup, *command, **environment)
        if done.returncode:
            raise StepFailed(expected=f"manage.py {command[0]} ends with 0", received=done.stdout + done.stderr)
    verified: dict[str, Any] = json.loads(done.stdout)
    said = json.loads(
        _one(backup, "SELECT canonical FROM audit_record WHERE action = 'audit.log-succeeded'"),
    )["details"]
    expect_equal("the log that the statement ends", settings.LOG_ORIGIN, said["endedLog"])
    lost = said["signedSize"] - said["size"]
    expect("leaves that are lost", lost > 0, lost)
    shutil.rmtree(backup.parent)
    return (
        f"in the copy a successor states it in leaf {said['size']:,}: {lost} signed leaves are lost; all"
        f" {verified['leaves']:,} others verify, under both names"
    )


def _backup(journey: Journey) -> Path:
    assert journey.log_backup is not None
    return journey.log_backup


def _wait_until_signed_past(size: int) -> None:
    """Wait until the memory outside the database holds a checkpoint over more leaves, as was promised."""
    deadline = time.monotonic() + settings.LOG_PROMISED_DELAY.total_seconds()
    while not Checkpoint.objects.filter(size__gt=size).exists():
        if time.monotonic() > deadline:
            raise StepFailed(expected=f"a checkpoint over more than {size} leaves", received="none in time")
        time.sleep(_POLL_SECONDS)


def _apart(backup: Path) -> dict[str, str]:
    """Give the backup a memory of its own to look at, which holds what the real one holds now."""
    file = backup.with_name("last-checkpoint")
    if not file.exists():
        kept = checkpoint_memory().read()
        expect("a checkpoint that is kept outside the database", kept is not None, kept)
        file.write_text(kept.note if kept else "", encoding="utf-8")
    return {"LOG_LAST_CHECKPOINT_FILE": str(file), "LOG_LAST_CHECKPOINT_URL": ""}


def _one(file: Path, query: str) -> Any:
    """Return the one value that a query finds in a file."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as copy:
        found = copy.execute(query).fetchone()
    if found is None:
        raise StepFailed(expected=f"a row of {query}", received="none")
    return found[0]


BACKUP = (Step("Somebody keeps a backup of the log", keep_backup),)
STEPS = (
    Step("The log refuses to go on from the restored backup", restored_backup_is_refused),
    Step("What is lost for good is said in public", backup_is_ended_in_public),
)
