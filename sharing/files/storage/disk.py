"""Files on a disk of our own, or one that several machines share."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sharing.errors import BlobMissing, StorageFull, StorageUnavailable
from sharing.files.storage.blob import Blob

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# No id begins with it, so that what is unfinished never answers to a name.
_UNFINISHED = ".unfinished-"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DiskStorage:
    """Blobs as files of mode 0600 in one folder."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def create(self, name: str, /) -> "DiskSink":
        with _refusing():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return DiskSink(self._folder, name)

    def open(self, name: str, /) -> "DiskSource":
        with _refusing():
            return DiskSource(_path(self._folder, name))

    def delete(self, name: str, /) -> None:
        with _refusing():
            _path(self._folder, name).unlink(missing_ok=True)

    def blobs(self) -> Iterator[Blob]:
        for entry in self._entries():
            if not entry.name.startswith(_UNFINISHED):
                # Gone since: somebody else deleted it.
                with suppress(FileNotFoundError):
                    yield Blob(entry.name, _changed_at(entry))

    def remove_unfinished(self, *, before: datetime) -> int:
        removed = 0
        for entry in self._entries():
            if entry.name.startswith(_UNFINISHED):
                with _refusing(), suppress(FileNotFoundError):
                    # By its last write: one that still grows is not left behind.
                    if _changed_at(entry) < before:
                        Path(entry.path).unlink()
                        removed += 1
        return removed

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        with _refusing():
            if not self._folder.exists():
                # Nothing was ever stored.
                return
            with os.scandir(self._folder) as entries:
                yield from entries


class DiskSink:
    """A file under another name, which gets its own when it is whole."""

    def __init__(self, folder: Path, name: str) -> None:
        self._final = _path(folder, name)
        self._draft = folder / f"{_UNFINISHED}{name}-{secrets.token_hex(4)}"
        self._descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, data: "ReadableBuffer", /) -> None:
        with self._abandoning():
            view = memoryview(data).cast("B")
            while len(view):
                view = view[os.write(self._descriptor, view) :]

    def overwrite(self, position: int, data: "ReadableBuffer", /) -> None:
        with self._abandoning():
            view = memoryview(data).cast("B")
            while len(view):
                written = os.pwrite(self._descriptor, view, position)
                view, position = view[written:], position + written

    def finish(self) -> None:
        with self._abandoning():
            os.fsync(self._descriptor)
            self._close()
            self._draft.rename(self._final)
            folder = os.open(self._final.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                # The name is durable when its folder is.
                os.fsync(folder)
            finally:
                os.close(folder)

    def abandon(self) -> None:
        self._close()
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    @contextmanager
    def _abandoning(self) -> Iterator[None]:
        try:
            with _refusing():
                yield
        except (StorageFull, StorageUnavailable):
            self.abandon()
            raise


class DiskSource:
    """A finished blob, open for reading at any place."""

    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise BlobMissing from None
        self.size = os.fstat(self._descriptor).st_size

    def read_at(self, position: int, length: int, /) -> bytes:
        with _refusing():
            data = os.pread(self._descriptor, length, position)
            if 0 < len(data) < min(length, self.size - position):
                # Linux gives at most 2 GiB at once.
                pieces = [data]
                while len(data) and (missing := length - sum(map(len, pieces))):
                    data = os.pread(self._descriptor, missing, position + length - missing)
                    pieces.append(data)
                return b"".join(pieces)
            return data

    def close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


def _path(folder: Path, name: str) -> Path:
    if not name or "/" in name or "\0" in name or name.startswith("."):
        raise ValueError(f"{name!r} is no name for a blob")
    return folder / name


def _changed_at(entry: os.DirEntry[str]) -> datetime:
    return datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what the operating system says into what this service says. A missing file is the caller's."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        raise StorageUnavailable from error
