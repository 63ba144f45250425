"""The key service: where epoch keys live and die. Never a database, never its backups."""

import os
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

SERVICES = {
    "file": "consent.keys.service.file.FileKeyService",
    "pkcs11": "consent.keys.service.pkcs11.Pkcs11KeyService",
    "transit": "consent.keys.service.transit.TransitKeyService",
}


class KeyService(Protocol):
    """Wraps and unwraps keys of 32 bytes with named keys that it never hands out.

    Every method raises KeyServiceUnavailable when the service is away, slow, locked, refuses us or answers nonsense,
    and when nothing shows that it is the service that `create` was called on: an empty disk in the place of another
    is no destroyed key. ValueError is for a name that is none.
    """

    def create(self, name: str) -> None:
        """Make the key `name` if it does not exist. Safe to run twice."""

    def wrap(self, name: str, key: bytes, associated: bytes) -> bytes:
        """Return `key` wrapped and bound to `associated`; raise KeyDestroyed for a name that is gone.

        Never makes the key `name`.
        """

    def unwrap(self, name: str, wrapped: bytes, associated: bytes) -> bytes:
        """Return what `wrap` was given.

        Raises KeyDestroyed for a name that is gone and DoesNotOpen for a wrap that was moved or changed.
        """

    def names(self) -> list[str]:
        """Return the names of the living keys, sorted."""

    def destroy(self, name: str) -> None:
        """Destroy the key `name` for good; when this returns it is gone. Safe to run twice."""


@cache
def key_service() -> KeyService:
    """Return the service that the setting KEY_SERVICE names, one a process."""
    service: KeyService = import_string(SERVICES[settings.KEY_SERVICE])()
    return service


# A session of a token and a connection to a server are the process's that opened them: a child opens its own.
os.register_at_fork(after_in_child=key_service.cache_clear)
