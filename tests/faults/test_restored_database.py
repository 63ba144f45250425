"""The database is restored from yesterday's backup: the log refuses to go on, and nothing that was signed is denied."""

import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from audit.fork_guard.memory import checkpoint_memory
from audit.models import Alarm, Checkpoint, Leaf, LoggedEntry, Pending
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from deploy.private_services import OWNER, postgres_programs
from tests.audit.log import append, grow, signed_in_as
from tests.conftest import TestDatabase, cloned, django_uses


def dump(database: TestDatabase, file: Path) -> None:
    connections.close_all()
    _run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={_address(database)}")


def restore(database: TestDatabase, file: Path) -> None:
    """Restore as one does: everything that is there goes, and what the backup holds comes.

    Not by `pg_restore --clean`, which cannot take the primary keys of partitions away one by one.
    """
    connections.close_all()
    with database.connect() as owner:
        owner.execute("DROP SCHEMA public CASCADE")
        owner.execute("CREATE SCHEMA public")
    _run("pg_restore", "--exit-on-error", f"--dbname={_address(database)}", str(file))


def _address(database: TestDatabase) -> str:
    return database.url(OWNER)


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [postgres_programs() / program, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def run_sequencer() -> None:
    with signed_in_as("deelwijs_sequencer"):
        call_command("sequence", "--once", stdout=StringIO())


def test_it_is_refused_until_what_is_missing_is_back(
    committed_db: TestDatabase, tmp_path: Path, client: Client
) -> None:
    grow(5)
    yesterday, today = tmp_path / "yesterday", tmp_path / "today"
    dump(committed_db, yesterday)
    grow(4)
    signed = checkpoint_memory().read()
    dump(committed_db, today)

    restore(committed_db, yesterday)
    (logged,) = append(1, case="after the restore")
    with pytest.raises(CommandError, match=r"holds 5 leaves.*over 9 was signed.*start_successor_log"):
        run_sequencer()
    assert Alarm.objects.going().get().kind == "log-behind"
    assert client.get("/health/").json()["parts"]["log"] == "degraded"
    # The service itself goes on by its rules: what is logged is durable, and waits.
    assert LoggedEntry.objects.filter(id=logged.id).exists()
    assert (Leaf.objects.count(), Pending.objects.count()) == (5, 1)
    assert checkpoint_memory().read() == signed
    with pytest.raises(CommandError, match=r"log-cut-off"):
        call_command("verify_log", stdout=StringIO(), stderr=StringIO())

    restore(committed_db, today)
    append(1)
    run_sequencer()
    assert Checkpoint.objects.newest_first()[0].size == 10
    assert not Alarm.objects.going().exists()
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_a_copy_that_goes_on_by_itself_does_not_get_past_the_memory(committed_db: TestDatabase) -> None:
    """A restored copy with as many other entries as were signed: no longer behind, and another tree."""
    grow(5)
    with cloned(committed_db.postgres, of=committed_db.name) as yesterday:
        grow(4)
        with django_uses(yesterday):
            append(8)
            with pytest.raises(CommandError, match="over 9 was signed"):
                run_sequencer()
            assert Pending.objects.count() == 8
