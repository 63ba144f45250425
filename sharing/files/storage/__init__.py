"""Where sealed files lie: a folder or an S3 bucket. It only ever sees sealed bytes and names without meaning.

Names are the id of a stored file, that id with `.still`, or `<upload>.<position>.<random>` for a part of an upload.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from sharing.files.chunked import Source
from sharing.files.storage.blob import Blob
from sharing.files.storage.disk import DiskStorage

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Blob", "BlobSink", "FileStorage", "file_storage"]


class BlobSink(Protocol):
    """A blob in the making. Nobody sees it under its name until `finish`."""

    def write(self, data: "ReadableBuffer", /) -> object:
        """Append all of `data`."""

    def overwrite(self, position: int, data: "ReadableBuffer", /) -> object:
        """Put `data` in place of bytes within the first 5 MiB that were written before."""

    def finish(self) -> None:
        """Make the blob durable, and then visible. Nothing is half there, whenever the machine stops."""

    def abandon(self) -> None:
        """Throw away what was written. Safe after `finish`, which it does not undo."""


class FileStorage(Protocol):
    """Keeps blobs. Each method raises StorageUnavailable when the storage does not answer, and those that write raise
    StorageFull when there is no room, after which nothing of the blob is left."""

    def create(self, name: str, /) -> BlobSink: ...

    def open(self, name: str, /) -> Source:
        """Raise BlobMissing when there is no such blob."""

    def delete(self, name: str, /) -> None:
        """Remove a blob; one that is not there is no mistake."""

    def blobs(self) -> Iterator[Blob]:
        """Go over what is there, in no order."""

    def remove_unfinished(self, *, before: datetime) -> int:
        """Throw away the blobs that were begun before a moment by a process that died; return how many."""


@cache
def file_storage() -> FileStorage:
    """Return the storage that the setting FILE_STORAGE_URL names."""
    parts = urlsplit(settings.FILE_STORAGE_URL)
    if parts.scheme == "file":
        return DiskStorage(unquote(parts.path))
    # boto3 takes long to import, and who keeps files in a folder has no need of it.
    from sharing.files.storage.s3 import S3Storage

    asked = parse_qs(parts.query)
    return S3Storage(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=asked.get("endpoint", [None])[0],
        region=asked.get("region", [None])[0],
        access_key=settings.FILE_STORAGE_ACCESS_KEY or None,
        secret_key=settings.FILE_STORAGE_SECRET_KEY or None,
    )
