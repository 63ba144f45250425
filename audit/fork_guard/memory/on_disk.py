"""The last signed checkpoint in a file."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
                self._write(note)
        except OSError as error:
            raise MemoryUnavailable(f"{self._file} cannot be written: {error.strerror}") from error

    def _write(self, note: str) -> None:
        """Replace the file in one step that outlives a power cut: the old note or the new one, never half of one."""
        descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=f".{self._file.name}.")
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(note)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(self._file)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Its own file and never removed: the lock of a file that is replaced would be a lock on nothing.
        with self._file.with_name(f"{self._file.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
