"""The key of one consent: made with the grant, opened for each read, destroyed with the end."""

from datetime import datetime
from uuid import UUID

from consent.errors import KeyDestroyed
from consent.keys.ring import unwrap_random_key, wrap_random_key
from consent.keys.scope import purpose_scope
from consent.models.consent import Consent
from consent.models.key import ConsentKey

_LEVEL = "consent-key"


def make_consent_key(consent: Consent) -> bytes:
    """Make and store the key of `consent`; return its 32 bytes."""
    row = ConsentKey(consent=consent)
    key = wrap_random_key(row, scope=purpose_scope(consent.purpose_id), level=_LEVEL, owner=consent.pk)
    row.save(force_insert=True)
    return key


def open_consent_key(*, consent_id: UUID, purpose_key_id: UUID, generation: int, wrapped: bytes | None) -> bytes:
    """Return the 32 bytes of a consent's key from the columns of its row; raise KeyDestroyed when it is no more."""
    return unwrap_random_key(
        level=_LEVEL, owner=consent_id, purpose_key_id=purpose_key_id, generation=generation, wrapped=wrapped
    )


def find_consent_key(consent_id: UUID) -> bytes:
    """Return the 32 bytes of a consent's key; raise KeyDestroyed when it was destroyed or never made."""
    row = ConsentKey.objects.filter(consent_id=consent_id).first()
    if row is None:
        raise KeyDestroyed
    return open_consent_key(
        consent_id=consent_id,
        purpose_key_id=row.purpose_key_id,
        generation=row.generation,
        wrapped=None if row.wrapped is None else bytes(row.wrapped),
    )


def replace_consent_key(consent: Consent) -> tuple[bytes, bytes]:
    """Give `consent`, which is locked, another key and forget the wrap of the one before; return both, old and new.

    Raises KeyDestroyed when there is none to replace.
    """
    old = find_consent_key(consent.pk)
    row = ConsentKey.objects.get(consent=consent)
    row.generation += 1
    new = wrap_random_key(row, scope=purpose_scope(consent.purpose_id), level=_LEVEL, owner=consent.pk)
    row.save(update_fields=["purpose_key", "generation", "wrapped"])
    return old, new


def destroy_consent_key(consent_id: UUID, *, at: datetime) -> None:
    """Forget the wrap of a consent's key. Safe to run twice."""
    ConsentKey.objects.filter(consent_id=consent_id, destroyed_at__isnull=True).update(wrapped=None, destroyed_at=at)
