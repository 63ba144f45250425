"""The memory outside the database is only ever replaced by who saw what it holds: in a file, and in a bucket."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_django.fixtures import Settings

from audit.fork_guard.memory import CheckpointMemory, Kept, MemoryMoved, MemoryUnavailable, checkpoint_memory
from audit.fork_guard.refusals import LogBehindCheckpoint, LogForked, MemoryUnusable
from audit.models import Checkpoint
from audit.services import sequence as sequencing
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_keys import LogSigner
from tests.audit.log import append, grow, sequence
from tests.conftest import TestDatabase, cloned, django_uses


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def in_a_bucket(s3_address: str, settings: Settings) -> Any:
    """Let the settings name an object in a new bucket; gives a client of the bucket's owner."""
    bucket = f"bucket-{os.urandom(4).hex()}"
    client = boto3.client(
        "s3", endpoint_url=s3_address, aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1"
    )
    client.create_bucket(Bucket=bucket)
    settings.LOG_LAST_CHECKPOINT_FILE = Path()
    settings.LOG_LAST_CHECKPOINT_URL = f"s3://{bucket}/log/last?endpoint={quote(s3_address)}&region=us-east-1"
    settings.LOG_LAST_CHECKPOINT_ACCESS_KEY = "key"
    settings.LOG_LAST_CHECKPOINT_SECRET_KEY = "secret"
    return client


@pytest.fixture(params=["file", "file address", "bucket"])
def memory(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> CheckpointMemory:
    """Each kind in turn, as the settings give it, empty."""
    match request.param:
        case "file":
            settings.LOG_LAST_CHECKPOINT_FILE = tmp_path / "a folder" / "last"
        case "file address":
            settings.LOG_LAST_CHECKPOINT_FILE = Path()
            settings.LOG_LAST_CHECKPOINT_URL = f"file://{quote(str(tmp_path))}/a%20folder/last"
        case "bucket":
            request.getfixturevalue("in_a_bucket")
    return checkpoint_memory()


def note_in(kept: Kept | None) -> str | None:
    return kept.note if kept else None


def test_what_was_kept_is_read(memory: CheckpointMemory) -> None:
    assert memory.read() is None
    memory.replace("— één\n", expected=None)
    memory.replace("— twee\n", expected=memory.read())
    assert note_in(memory.read()) == "— twee\n"


def test_who_did_not_see_what_is_there_replaces_nothing(memory: CheckpointMemory) -> None:
    memory.replace("one\n", expected=None)
    seen = memory.read()
    memory.replace("two\n", expected=seen)
    for expected in (None, seen, Kept("three\n", '"0"')):
        with pytest.raises(MemoryMoved):
            memory.replace("four\n", expected=expected)
    assert note_in(memory.read()) == "two\n"


def test_what_was_deleted_meanwhile_is_not_replaced(memory: CheckpointMemory, request: pytest.FixtureRequest) -> None:
    memory.replace("one\n", expected=None)
    seen = memory.read()
    if memory.place.startswith("s3://"):
        bucket, _, key = memory.place.removeprefix("s3://").partition("/")
        request.getfixturevalue("in_a_bucket").delete_object(Bucket=bucket, Key=key)
    else:
        Path(memory.place).unlink()
    with pytest.raises(MemoryMoved):
        memory.replace("two\n", expected=seen)
    assert memory.read() is None


def test_of_many_at_once_one_replaces(memory: CheckpointMemory) -> None:
    memory.replace("before\n", expected=None)
    seen = memory.read()
    together = threading.Barrier(8)
    replaced: list[str] = []

    def work(note: str) -> None:
        together.wait(30)
        try:
            memory.replace(note, expected=seen)
        except MemoryMoved:
            return
        replaced.append(note)

    threads = [threading.Thread(target=work, args=(f"{number}\n",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [note_in(memory.read())] == replaced


def test_a_file_is_replaced_in_one_step(tmp_path: Path, settings: Settings) -> None:
    settings.LOG_LAST_CHECKPOINT_FILE = file = tmp_path / "folder" / "last"
    memory = checkpoint_memory()
    memory.replace("one\n", expected=None)
    memory.replace("two\n", expected=memory.read())
    assert sorted(file.parent.iterdir()) == [file, file.with_name("last.lock")], "nothing unfinished is left"


def test_a_folder_that_cannot_be_entered_is_away_and_not_empty(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "folder").write_text("no folder", encoding="utf-8")
    settings.LOG_LAST_CHECKPOINT_FILE = tmp_path / "folder" / "last"
    for attempt in attempts(checkpoint_memory()):
        with pytest.raises(MemoryUnavailable):
            attempt()


def attempts(memory: CheckpointMemory) -> list[Callable[[], object]]:
    return [memory.read, lambda: memory.replace("one\n", expected=None)]


def test_a_bucket_that_is_away_or_not_ours_is_not_empty(
    in_a_bucket: Any, settings: Settings, subtests: pytest.Subtests
) -> None:
    address = settings.LOG_LAST_CHECKPOINT_URL
    for wrong in (
        address.replace("s3://bucket-", "s3://nobodys-"),
        address.partition("?")[0] + "?endpoint=http://127.0.0.1:1&region=us-east-1",
    ):
        settings.LOG_LAST_CHECKPOINT_URL = wrong
        for attempt in attempts(checkpoint_memory()):
            with subtests.test(wrong), pytest.raises(MemoryUnavailable):
                attempt()


def test_a_storage_that_passes_over_conditions_is_refused(in_a_bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As some S3 look-alikes do: they take the write."""
    memory: Any = checkpoint_memory()
    put = memory._client.put_object
    monkeypatch.setattr(
        memory._client, "put_object", lambda **given: put(**{k: v for k, v in given.items() if not k.startswith("If")})
    )
    with pytest.raises(MemoryUnusable, match="If-Match"):
        memory.replace("one\n", expected=None)
    assert memory.read() is None


def test_the_log_works_on_a_bucket(in_a_bucket: Any, committed_db: object) -> None:
    grow(3)
    grow(2)
    assert note_in(checkpoint_memory().read()) == Checkpoint.objects.newest_first()[0].note


def test_two_databases_cannot_both_go_on(committed_db: TestDatabase, in_a_bucket: Any) -> None:
    """After a failover in which the old primary lives on, each of the two has a sequencer."""
    grow(3)
    with cloned(committed_db.postgres, of=committed_db.name) as other:
        append(1, case="here")
        sequence()
        kept = note_in(checkpoint_memory().read())
        with django_uses(other):
            append(1, case="there")
            # Behind before it has as many leaves as were signed; it gets no further.
            with pytest.raises(LogBehindCheckpoint):
                sequence()
            assert Checkpoint.objects.newest_first()[0].size == 3
        assert note_in(checkpoint_memory().read()) == kept


def test_a_race_of_two_databases_is_decided_by_the_memory(
    committed_db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked before either signed: one is signed, and the other finds out at once and ever after."""
    grow(3)
    with cloned(committed_db.postgres, of=committed_db.name) as other:
        append(1, case="here")

        def grow_there() -> None:
            with django_uses(other):
                grow(1, case="there")

        def while_the_other_signs(head: TreeHead, signer: LogSigner, *, at: datetime) -> str:
            monkeypatch.setattr(sequencing, "sign_checkpoint", sign_checkpoint)
            # In a thread, for a connection of its own.
            thread = threading.Thread(target=grow_there)
            thread.start()
            thread.join()
            return sign_checkpoint(head, signer, at=at)

        monkeypatch.setattr(sequencing, "sign_checkpoint", while_the_other_signs)
        with pytest.raises(MemoryMoved):
            sequence()
        with pytest.raises(LogForked):
            sequence()
        assert Checkpoint.objects.newest_first()[0].size == 3
