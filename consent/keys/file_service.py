"""A key service in a folder, one file a key, for trying out and for tests."""

import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from consent.errors import KeyDestroyed
from consent.keys.envelope import KEY_BYTES, random_key, seal, unseal
from consent.keys.unavailable import unavailable

# Tells a folder that lost a key from one that is not there: an empty place where a disk should be mounted.
_MARK = "deelwijs-keys"
_NAME = re.compile(r"[a-z0-9-]{1,100}")


class FileKeyService:
    """Keys as files of 32 bytes with mode 0600 in KEY_SERVICE_FOLDER."""

    def __init__(self) -> None:
        self._folder = Path(settings.KEY_SERVICE_FOLDER)

    def create(self, name: str) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / _MARK).touch(mode=0o600)
            if not self._path(name).exists():
                self._write_key(self._path(name))
        except OSError as error:
            raise unavailable(str(error.strerror)) from error

    def wrap(self, name: str, key: bytes, associated: bytes) -> bytes:
        return seal(self._read(name), key, associated)

    def unwrap(self, name: str, wrapped: bytes, associated: bytes) -> bytes:
        return unseal(self._read(name), wrapped, associated)

    def names(self) -> list[str]:
        try:
            return sorted(path.stem for path in self._folder.glob("*.key"))
        except OSError as error:
            raise unavailable(str(error.strerror)) from error

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a key")
        return self._folder / f"{name}.key"

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
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        finally:
            Path(draft).unlink()

    def _read(self, name: str) -> bytes:
        try:
            key = self._path(name).read_bytes()
        except FileNotFoundError:
            if (self._folder / _MARK).exists():
                raise KeyDestroyed from None
            raise unavailable(f"KEY_SERVICE_FOLDER has no {_MARK}: is it mounted?") from None
        except OSError as error:
            raise unavailable(str(error.strerror)) from error
        if len(key) != KEY_BYTES:
            raise unavailable(f"the file of key {name} does not hold {KEY_BYTES} bytes")
        return key
