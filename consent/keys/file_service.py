"""A key service in a folder, one file a key, for trying out and for tests."""

import os
import re
from pathlib import Path

from django.conf import settings

from consent.errors import KeyDestroyed, KeyServiceUnavailable
from consent.keys.envelope import KEY_BYTES, random_key, seal, unseal

_NAME = re.compile(r"[a-z0-9-]{1,100}")


class FileKeyService:
    """Keys as files of 32 bytes with mode 0600 in KEY_SERVICE_FOLDER."""

    def __init__(self) -> None:
        self._folder = Path(settings.KEY_SERVICE_FOLDER)

    def create(self, name: str) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path(name).exists():
                return
            # Written whole under another name and then linked, so that no other process reads half a key and
            # of two that start at once only one makes it.
            draft = self._folder / f".{name}.{os.getpid()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(random_key())
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, self._path(name))
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        except OSError as error:
            raise KeyServiceUnavailable(detail=str(error.strerror)) from error

    def wrap(self, name: str, key: bytes, associated: bytes) -> bytes:
        return seal(self._read(name), key, associated)

    def unwrap(self, name: str, wrapped: bytes, associated: bytes) -> bytes:
        return unseal(self._read(name), wrapped, associated)

    def names(self) -> list[str]:
        try:
            return sorted(path.stem for path in self._folder.glob("*.key"))
        except OSError as error:
            raise KeyServiceUnavailable(detail=str(error.strerror)) from error

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a key")
        return self._folder / f"{name}.key"

    def _read(self, name: str) -> bytes:
        try:
            key = self._path(name).read_bytes()
        except FileNotFoundError:
            if self._folder.is_dir():
                raise KeyDestroyed from None
            raise KeyServiceUnavailable(detail="KEY_SERVICE_FOLDER does not exist") from None
        except OSError as error:
            raise KeyServiceUnavailable(detail=str(error.strerror)) from error
        if len(key) != KEY_BYTES:
            raise KeyServiceUnavailable(detail=f"the file of key {name} does not hold {KEY_BYTES} bytes")
        return key
