"""Where the last signed checkpoint is kept outside the database: a file, or an object in an S3 bucket.

It is only ever replaced by comparing and setting: whoever wrote last is found out by who writes next. So of two
sequencers, on one machine or two, over one database or over a copy of it, neither overwrites what it has not seen.
"""

from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from audit.fork_guard.memory.kept import Kept, MemoryMoved, MemoryUnavailable
from audit.fork_guard.memory.on_disk import FileMemory

__all__ = ["CheckpointMemory", "Kept", "MemoryMoved", "MemoryUnavailable", "checkpoint_memory"]


class CheckpointMemory(Protocol):
    """Keeps one note. Both methods raise MemoryUnavailable while it does not answer."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    def read(self) -> Kept | None:
        """Return what is kept, or None where nothing ever was."""
        ...

    def replace(self, note: str, *, expected: Kept | None) -> None:
        """Keep `note` in the place of `expected`, durably and in one step.

        Raise MemoryMoved if something else is kept by now; then nothing is changed.
        """
        ...


def checkpoint_memory() -> CheckpointMemory:
    """Return the memory that LOG_LAST_CHECKPOINT_URL names, or else LOG_LAST_CHECKPOINT_FILE."""
    address = settings.LOG_LAST_CHECKPOINT_URL
    if not address:
        return FileMemory(Path(settings.LOG_LAST_CHECKPOINT_FILE))
    parts = urlsplit(address)
    return FileMemory(Path(unquote(parts.path))) if parts.scheme == "file" else _in_bucket(address)


@cache
def _in_bucket(address: str) -> CheckpointMemory:
    # boto3 takes half a second to import, and only the sequencer needs it.
    from audit.fork_guard.memory.in_bucket import BucketMemory

    parts = urlsplit(address)
    asked = parse_qs(parts.query)
    return BucketMemory(
        bucket=parts.netloc,
        key=unquote(parts.path).strip("/"),
        endpoint=asked.get("endpoint", [None])[0],
        region=asked.get("region", [None])[0],
        access_key=settings.LOG_LAST_CHECKPOINT_ACCESS_KEY or None,
        secret_key=settings.LOG_LAST_CHECKPOINT_SECRET_KEY or None,
    )
