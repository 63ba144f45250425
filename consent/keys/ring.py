"""The key ring: from the key service down to the key of one consent.

Purpose keys and pseudonym keys stay in this process's memory for minutes, because the key service is slow and
they say nothing of one person. Consent keys, vault keys and data keys are never kept: a destroyed one must be
gone for the very next read.
"""

import time
from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from consent.errors import KeyDestroyed
from consent.keys.binding import binding
from consent.keys.envelope import random_key, seal, unseal
from consent.keys.service import key_service
from consent.keys.unavailable import unavailable
from consent.models.key import Epoch, PseudonymKey, PurposeKey, RandomKey

FIRST_KEY = "epoch-1"
_KEPT_SECONDS = 300.0


class _Memory:
    """Opened keys by id, each for a few minutes."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[float, bytes]] = {}

    def get(self, key_id: object, open_key: Callable[[], bytes]) -> bytes:
        kept = self._kept.get(key_id)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        key = open_key()
        self._kept[key_id] = (time.monotonic() + _KEPT_SECONDS, key)
        return key

    def forget(self) -> None:
        self._kept.clear()


memory = _Memory()


def start_epoch() -> Epoch:
    """Make the first epoch and its key in the key service, unless there is one. Safe to run twice.

    Raises KeyServiceUnavailable where the epoch is there and its key is not: a new key would open nothing.
    """
    epoch = Epoch.objects.order_by("number").last()
    if epoch is None:
        # The key first: an epoch without one would never start.
        key_service().create(FIRST_KEY)
        epoch, _ = Epoch.objects.get_or_create(number=1, defaults={"key_name": FIRST_KEY})
    elif epoch.key_name not in key_service().names():
        detail = f"{epoch.key_name} is not in the key service. Mount its folder, or bring it back from its backup."
        raise unavailable(detail)
    return epoch


def current_epoch() -> Epoch:
    """Return the epoch in which new purpose keys are made; raise KeyServiceUnavailable before the first."""
    epoch = Epoch.objects.filter(destroyed_at__isnull=True).order_by("number").last()
    if epoch is None:
        raise unavailable("no epoch: run manage.py keys start")
    return epoch


def purpose_key(scope: str) -> PurposeKey:
    """Return the key row of `scope` in the current epoch, made if this is its first use."""
    epoch = current_epoch()
    row = PurposeKey.objects.filter(scope=scope, epoch=epoch).select_related("epoch").first()
    if row is None:
        with transaction.atomic():
            row = PurposeKey(scope=scope, epoch=epoch)
            row.wrapped = key_service().wrap(epoch.key_name, random_key(), _purpose_binding(row))
            # Of two processes that get here at once one inserts, and both go on with that row.
            PurposeKey.objects.bulk_create([row], ignore_conflicts=True)
        row = PurposeKey.objects.select_related("epoch").get(scope=scope, epoch=epoch)
    return row


def open_purpose_key(key_id: UUID) -> bytes:
    """Return the 32 bytes of a purpose key; without a query when this process opened it minutes ago."""

    def load() -> bytes:
        row = PurposeKey.objects.select_related("epoch").get(pk=key_id)
        return key_service().unwrap(row.epoch.key_name, bytes(row.wrapped), _purpose_binding(row))

    return memory.get(key_id, load)


def open_pseudonym_key(scope: str) -> tuple[bytes, int]:
    """Return the 32 bytes of the newest pseudonym key of `scope` and its generation, made at first use."""
    row = _newest_pseudonym_key(scope)
    if row is None:
        epoch = current_epoch()
        with transaction.atomic():
            row = PseudonymKey(scope=scope, epoch=epoch)
            row.wrapped = key_service().wrap(epoch.key_name, random_key(), _pseudonym_binding(row))
            PseudonymKey.objects.bulk_create([row], ignore_conflicts=True)
        row = _newest_pseudonym_key(scope)
        assert row is not None
    found = row

    def load() -> bytes:
        return key_service().unwrap(found.epoch.key_name, bytes(found.wrapped), _pseudonym_binding(found))

    return memory.get(found.pk, load), found.generation


def wrap_random_key(row: RandomKey, *, scope: str, level: str, owner: UUID) -> bytes:
    """Fill the unsaved `row` with a new random key for `owner`, wrapped by the scope's key; return the 32 bytes.

    `level` names the kind of key ("consent-key", "vault-key", "disclosure-key") and is bound into the wrap.
    """
    key = random_key()
    row.purpose_key = purpose_key(scope)
    associated = random_key_binding(level, owner, row.purpose_key_id, row.generation)
    row.wrapped = seal(open_purpose_key(row.purpose_key_id), key, associated)
    return key


def unwrap_random_key(
    *, level: str, owner: UUID, purpose_key_id: UUID, generation: int, wrapped: bytes | None
) -> bytes:
    """Return the 32 bytes of a consent, vault or disclosure key; raise KeyDestroyed when it is no more."""
    if wrapped is None:
        raise KeyDestroyed
    associated = random_key_binding(level, owner, purpose_key_id, generation)
    return unseal(open_purpose_key(purpose_key_id), wrapped, associated)


def random_key_binding(level: str, owner: UUID, purpose_key_id: UUID, generation: int) -> bytes:
    return binding(level, owner, purpose_key_id, generation)


def _newest_pseudonym_key(scope: str) -> PseudonymKey | None:
    return PseudonymKey.objects.filter(scope=scope).select_related("epoch").order_by("generation").last()


def _purpose_binding(row: PurposeKey) -> bytes:
    return binding("purpose-key", row.scope, row.epoch_id, row.pk)


def _pseudonym_binding(row: PseudonymKey) -> bytes:
    # Without the epoch: a pseudonym key is wrapped anew for each.
    return binding("pseudonym-key", row.scope, row.generation, row.pk)
