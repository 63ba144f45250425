"""The key service: where epoch keys live and die. Never a database, never its backups."""

from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class KeyService(Protocol):
    """Wraps and unwraps with named keys that it never hands out.

    Every method raises KeyServiceUnavailable when the service does not answer; unwrap raises KeyDestroyed
    for a name that is gone and DoesNotOpen for a wrap that was moved or changed.
    """

    def create(self, name: str) -> None:
        """Make the key `name` if it does not exist."""

    def wrap(self, name: str, key: bytes, associated: bytes) -> bytes: ...

    def unwrap(self, name: str, wrapped: bytes, associated: bytes) -> bytes: ...

    def names(self) -> list[str]:
        """Return the names of the living keys."""


@cache
def key_service() -> KeyService:
    """Return the service that the setting KEY_SERVICE names."""
    service: KeyService = import_string(settings.KEY_SERVICE)()
    return service
