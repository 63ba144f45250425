"""The disk of the database, or of the memory outside it, is full: what is logged waits or is refused, whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from audit.errors import LogNotWritable
from audit.fork_guard.memory import checkpoint_memory
from audit.models import Checkpoint, Leaf, LoggedEntry, Pending
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from tests.audit.log import append, grow, sequence
from tests.conftest import TestDatabase
from tests.faults.processes import BASE

FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


@pytest.mark.parametrize("table", ["audit_leaf", "audit_checkpoint"])
def test_the_sequencer_waits_for_room_in_the_database(committed_db: TestDatabase, table: str) -> None:
    """As PostgreSQL says it when a table cannot grow."""
    grow(3)
    append(2)
    with committed_db.connect() as owner:
        owner.execute(FULL)
        owner.execute(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION disk_is_full()")
        with pytest.raises(OperationalError, match="No space left"):
            sequence()
        assert Checkpoint.objects.newest_first()[0].size == 3
        owner.execute(f"DROP TRIGGER full_disk ON {table}")
    sequence()
    assert Checkpoint.objects.newest_first()[0].size == 5
    assert verify_log(verifier=load_verifier()).discrepancy is None


@pytest.mark.parametrize("table", ["audit_entry", "audit_record", "audit_pending"])
def test_what_cannot_be_logged_is_refused_whole(committed_db: TestDatabase, table: str) -> None:
    with committed_db.connect() as owner:
        owner.execute(FULL)
        owner.execute(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION disk_is_full()")
        with pytest.raises(LogNotWritable):
            append()
    assert not LoggedEntry.objects.exists()
    assert not Pending.objects.exists()


def test_a_full_disk_under_sqlite(sqlite_db: Path) -> None:
    grow(3)
    append(300)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(OperationalError, match="full"):
            sequence()
        assert Leaf.objects.count() == 3
        cursor.execute("PRAGMA max_page_count = 1000000")
    sequence()
    assert Leaf.objects.count() == 303
    assert verify_log(verifier=load_verifier()).discrepancy is None


@pytest.mark.slow
def test_without_room_for_the_memory_nothing_is_signed(committed_db: TestDatabase, tmp_path: Path) -> None:
    grow(3)
    append(2)
    disk = tmp_path / "disk"
    disk.mkdir()
    # A mount of its own, which ends with the process; who is not root is so in there.
    apart = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
    done = subprocess.run(
        [*apart, sys.executable, "-m", "tests.faults.sequence_on_full_disk"],
        cwd=BASE,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "deploy.settings", "DATABASE_URL": committed_db.url("deelwijs_sequencer")}
        | {"FULL_FOLDER": str(disk)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    full, with_room = json.loads(done.stdout.splitlines()[-1])
    assert full == {"outcome": "MemoryUnavailable", "signed": 3, "remembered": 3, "files": ["last", "last.lock"]}
    assert with_room == {"outcome": "signed", "signed": 5, "remembered": 5, "files": ["last", "last.lock"]}
    # Its own memory went with its disk; the one that this test sees is older, which is no fork.
    remembered = checkpoint_memory().read()
    assert remembered is not None
    assert f"\n{3}\n" in remembered.note
    assert verify_log(verifier=load_verifier()).discrepancy is None
    assert disk != settings.LOG_LAST_CHECKPOINT_FILE
