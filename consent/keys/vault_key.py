"""The key of a citizen's own vault."""

from datetime import datetime

from consent.errors import KeyDestroyed
from consent.keys.ring import unwrap_random_key, wrap_random_key
from consent.keys.scope import VAULT
from consent.models.citizen import Citizen
from consent.models.key import VaultKey

_LEVEL = "vault-key"


def draft_vault_key(citizen: Citizen) -> tuple[VaultKey, bytes]:
    """Return an unsaved vault key for `citizen` and its 32 bytes."""
    row = VaultKey(citizen=citizen)
    return row, wrap_random_key(row, scope=VAULT, level=_LEVEL, owner=citizen.pk)


def open_vault_key(citizen: Citizen) -> bytes:
    """Return the 32 bytes of the vault key of `citizen`; raise KeyDestroyed after an erasure."""
    row = VaultKey.objects.filter(citizen=citizen).first()
    if row is None:
        raise KeyDestroyed
    return unwrap_random_key(
        level=_LEVEL,
        owner=citizen.pk,
        purpose_key_id=row.purpose_key_id,
        generation=row.generation,
        wrapped=None if row.wrapped is None else bytes(row.wrapped),
    )


def destroy_vault_key(citizen: Citizen, *, at: datetime) -> None:
    """Forget the wrap of the vault key of `citizen`: nothing in the vault opens any more. Safe to run twice."""
    VaultKey.objects.filter(citizen=citizen, destroyed_at__isnull=True).update(wrapped=None, destroyed_at=at)
