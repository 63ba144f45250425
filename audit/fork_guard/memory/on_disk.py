"""The last signed checkpoint in a file."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.durable_file import replace_file
from audit.fork_guard.memory.kept import Kept, MemoryMoved, MemoryUnavailable


class FileMemory:
    """A file, and beside it `<file>.lock`, by which machines that share the folder take turns."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def place(self) -> str:
        return str(self._file)

    def read(self) -> Kept | None:
        try:
            note = self._file.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MemoryUnavailable(f"{self._file} cannot be read: {error.strerror}") from error
        return Kept(note, version=note)

    def replace(self, note: str, *, expected: Kept | None) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                if self.read() != expected:
                    raise MemoryMoved(f"{self._file} holds another checkpoint by now")
                replace_file(self._file, note)
        except OSError as error:
            raise MemoryUnavailable(f"{self._file} cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Its own file and never removed: the lock of a file that is replaced would be a lock on nothing.
        with self._file.with_name(f"{self._file.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
