import os
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import boto3
import pytest
from django.conf import settings
from moto.server import ThreadedMotoServer

from sharing.errors import BlobMissing, StorageUnavailable
from sharing.files.chunked import SealedReader, SealedWriter
from sharing.files.storage import FileStorage, file_storage
from sharing.files.storage.s3 import PART

NAME = "01980000-0000-7000-8000-000000000001"
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileStorage]:
    """Each storage in turn, as the settings give it, empty."""
    if request.param == "disk":
        monkeypatch.setattr(settings, "FILE_STORAGE_URL", f"file://{quote(str(tmp_path))}/a folder")
    else:
        address = request.getfixturevalue("s3_address")
        bucket = f"bucket-{os.urandom(4).hex()}"
        boto3.client(
            "s3", endpoint_url=address, aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1"
        ).create_bucket(Bucket=bucket)
        monkeypatch.setattr(
            settings, "FILE_STORAGE_URL", f"s3://{bucket}/deelwijs?endpoint={quote(address)}&region=us-east-1"
        )
        monkeypatch.setattr(settings, "FILE_STORAGE_ACCESS_KEY", "key")
        monkeypatch.setattr(settings, "FILE_STORAGE_SECRET_KEY", "secret")
    file_storage.cache_clear()
    yield file_storage()
    file_storage.cache_clear()


def _store(storage: FileStorage, name: str, *pieces: bytes) -> None:
    sink = storage.create(name)
    for piece in pieces:
        sink.write(piece)
    sink.finish()


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1, 3 * PART + 5])
def test_what_was_stored_comes_back_and_any_part_of_it(storage: FileStorage, size: int) -> None:
    data = os.urandom(size)
    _store(storage, NAME, data[: size // 3], data[size // 3 :])
    with closing(storage.open(NAME)) as source:
        assert source.size == size
        assert source.read_at(0, size) == data
        assert source.read_at(size // 2, 1000) == data[size // 2 : size // 2 + 1000]
        assert source.read_at(size, 10) == b""
    assert [blob.name for blob in storage.blobs()] == [NAME]


@pytest.mark.parametrize("size", [100, PART + 100, 2 * PART + 100])
def test_the_start_can_be_written_again_until_the_end(storage: FileStorage, size: int) -> None:
    sink = storage.create(NAME)
    sink.write(bytes(size))
    sink.overwrite(56, b"header")
    sink.finish()
    with closing(storage.open(NAME)) as source:
        assert source.read_at(0, size) == bytes(56) + b"header" + bytes(size - 62)


def test_nothing_is_seen_before_it_is_whole(storage: FileStorage) -> None:
    sink = storage.create(NAME)
    sink.write(bytes(2 * PART + 1))
    assert list(storage.blobs()) == []
    with pytest.raises(BlobMissing):
        storage.open(NAME)
    sink.abandon()
    assert list(storage.blobs()) == []
    # And of what was abandoned nothing is left to remove.
    assert storage.remove_unfinished(before=LATER) == 0


def test_what_a_dead_process_left_is_removed(storage: FileStorage) -> None:
    storage.create(NAME).write(bytes(2 * PART + 1))
    # Moto says of every multipart upload that it began in 2010.
    assert storage.remove_unfinished(before=datetime(2009, 1, 1, tzinfo=UTC)) == 0
    assert storage.remove_unfinished(before=LATER) == 1
    assert storage.remove_unfinished(before=LATER) == 0


def test_a_deleted_blob_is_gone_and_deleting_twice_is_no_mistake(storage: FileStorage) -> None:
    _store(storage, NAME, b"abc")
    _store(storage, f"{NAME}.still", b"def")
    storage.delete(NAME)
    storage.delete(NAME)
    with pytest.raises(BlobMissing):
        storage.open(NAME)
    assert [blob.name for blob in storage.blobs()] == [f"{NAME}.still"]


def test_sealing_into_a_storage_takes_constant_memory(storage: FileStorage) -> None:
    piece = bytes(1024 * 1024)
    sink = storage.create(NAME)
    tracemalloc.start()
    writer = SealedWriter(sink, key=bytes(32), context=b"")
    for _piece in range(20):
        writer.write(piece)
    writer.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    sink.finish()
    # Moto keeps what it gets in this same process.
    if settings.FILE_STORAGE_URL.startswith("file"):
        assert peak < 5 * 1024 * 1024
    with SealedReader(storage.open(NAME), key=bytes(32), context=b"") as reader:
        assert reader.size == 20 * len(piece)
        assert reader.read_range(9 * len(piece) - 5, 9 * len(piece) + 5) == bytes(10)


def test_the_memory_of_a_multipart_upload_does_not_grow(storage: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = storage.create(NAME)
    if not hasattr(sink, "_send"):
        return
    # Measured without a server in this process, which would keep what it gets.
    monkeypatch.setattr(sink, "_send", lambda number, _data: {"PartNumber": number, "ETag": ""})
    piece = bytes(1024 * 1024)
    sink.write(piece)
    tracemalloc.start()
    for _piece in range(64):
        sink.write(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    sink.abandon()
    assert peak < 4 * PART


@pytest.mark.parametrize("name", ["", "../keys", "a/b", ".unfinished-x", "a\0b"])
def test_a_name_leads_to_no_other_place(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FILE_STORAGE_URL", f"file://{tmp_path}")
    file_storage.cache_clear()
    for use in (file_storage().create, file_storage().open, file_storage().delete):
        with pytest.raises(ValueError, match="no name"):
            use(name)


def test_a_storage_that_is_away_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        settings, "FILE_STORAGE_URL", "s3://bucket?endpoint=http%3A%2F%2F127.0.0.1%3A1&region=us-east-1"
    )
    monkeypatch.setattr(settings, "FILE_STORAGE_ACCESS_KEY", "key")
    monkeypatch.setattr(settings, "FILE_STORAGE_SECRET_KEY", "secret")
    file_storage.cache_clear()
    sink = file_storage().create(NAME)
    sink.write(b"abc")
    with pytest.raises(StorageUnavailable):
        sink.finish()
    with pytest.raises(StorageUnavailable):
        file_storage().open(NAME)
    file_storage.cache_clear()
