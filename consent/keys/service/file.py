"""A key service in a folder, one file a key, for trying out and for tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from consent.errors import KeyDestroyed
from consent.keys.envelope import KEY_BYTES, random_key, seal, unseal
from consent.keys.service.naming import MARK, checked_name
from consent.keys.unavailable import unavailable


class FileKeyService:
    """Keys as files of 32 bytes with mode 0600 in KEY_SERVICE_FOLDER."""

    def __init__(self) -> None:
        self._folder = Path(settings.KEY_SERVICE_FOLDER)

    def create(self, name: str) -> None:
        path = self._path(name)
        with _failing_as_unavailable():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / MARK).touch(mode=0o600)
            if not path.exists():
                self._write_key(path)

    def wrap(self, name: str, key: bytes, associated: bytes) -> bytes:
        return seal(self._read(name), key, associated)

    def unwrap(self, name: str, wrapped: bytes, associated: bytes) -> bytes:
        return unseal(self._read(name), wrapped, associated)

    def names(self) -> list[str]:
        with _failing_as_unavailable():
            self._see_mark()
            return sorted(path.stem for path in self._folder.glob("*.key"))

    def destroy(self, name: str) -> None:
        path = self._path(name)
        dying = self._folder / f".destroyed-{name}"
        with _failing_as_unavailable():
            self._see_mark()
            # Out of reach first, so that nobody reads, or wraps with, a key that is half overwritten.
            with suppress(FileNotFoundError):
                path.rename(dying)
                self._sync_folder()
            # Also what a destruction that was interrupted left behind.
            with suppress(FileNotFoundError):
                with dying.open("r+b") as file:
                    file.write(bytes(KEY_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
                dying.unlink()
                self._sync_folder()

    def _path(self, name: str) -> Path:
        return self._folder / f"{checked_name(name)}.key"

    def _see_mark(self) -> None:
        if not (self._folder / MARK).exists():
            raise unavailable(f"KEY_SERVICE_FOLDER has no {MARK}: is it mounted?")

    def _write_key(self, path: Path) -> None:
        """Write a key whole under another name and then link it.

        So no other process reads half a key, and of two that start at once only one makes it.
        """
        descriptor, draft = tempfile.mkstemp(dir=self._folder, prefix=".draft-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(random_key())
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                return
            # What is sealed with the key must not outlive it: the folder's own entry goes to the disk too.
            self._sync_folder()
        finally:
            Path(draft).unlink()

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, name: str) -> bytes:
        path = self._path(name)
        with _failing_as_unavailable():
            try:
                key = path.read_bytes()
            except FileNotFoundError:
                self._see_mark()
                raise KeyDestroyed from None
        # Zeros are what a disk that failed leaves of a file, and what destroying writes.
        if len(key) != KEY_BYTES or not any(key):
            raise unavailable(f"the file of key {name} does not hold a key of {KEY_BYTES} bytes")
        return key


@contextmanager
def _failing_as_unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unavailable(str(error.strerror)) from error
