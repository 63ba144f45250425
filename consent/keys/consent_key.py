"""The key of one consent: made with the grant, opened for each read, suspended by a pause, destroyed with the end."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from consent.errors import KeyDestroyed
from consent.keys.keystore import keystore
from consent.keys.models import ConsentKey
from consent.keys.orders import order
from consent.keys.ring import open_random_key, unwrap_random_key, wrap_random_key
from consent.keys.scope import purpose_scope
from consent.models.consent import Consent
from consent.models.key_order import KeyOrder

LEVEL = "consent-key"


def make_consent_key(consent: Consent) -> bytes:
    """Make and store the next key of `consent`, which is locked; the caller saves `key_generation`.

    Return its 32 bytes. In a keystore apart it is there before the main commit; where that one never comes, it is a
    key of nothing, and is swept up (`consent.keys.orders.sweep_keys`).
    """
    # Not the consent's own number plus one: a grant that failed may have left a key in a keystore apart.
    last = ConsentKey.objects.filter(consent_id=consent.pk).aggregate(last=Max("generation"))["last"] or 0
    row = ConsentKey(consent_id=consent.pk, generation=last + 1)
    with transaction.atomic(using=keystore()):
        key = wrap_random_key(row, scope=purpose_scope(consent.purpose_id), level=LEVEL, owner=consent.pk)
        row.save(force_insert=True)
    consent.key_generation = row.generation
    return key


def open_consent_key(
    *, consent_id: UUID, purpose_key_id: UUID | None, generation: int, wrapped: bytes | None, suspended: bool
) -> bytes:
    """Return the 32 bytes of a consent's key from the columns of its row.

    Raises KeyDestroyed when it is no more, and KeySuspended while the consent is paused.
    """
    return unwrap_random_key(
        level=LEVEL,
        owner=consent_id,
        purpose_key_id=purpose_key_id,
        generation=generation,
        wrapped=wrapped,
        suspended=suspended,
    )


def find_consent_key(consent_id: UUID) -> bytes:
    """Return the 32 bytes of a consent's key; raise KeyDestroyed when it is no more, KeySuspended in a pause."""
    generation = Consent.objects.values_list("key_generation", flat=True).filter(pk=consent_id).first() or 0
    row = ConsentKey.objects.filter(consent_id=consent_id, generation=generation).first()
    return open_random_key(row, level=LEVEL, owner=consent_id)


def replace_consent_key(consent: Consent, *, at: datetime) -> tuple[bytes, bytes]:
    """Give `consent`, which is locked, another key and destroy the one before; return both, old and new.

    Saves `key_generation`. A key that is set aside stays set aside: the new one is suspended like the old. Raises
    KeyDestroyed when there is none to replace.
    """
    row = ConsentKey.objects.filter(consent_id=consent.pk, generation=consent.key_generation).first()
    if row is None:
        raise KeyDestroyed
    # A keystore apart may not have heard of a pause yet.
    suspended_at, row.suspended_at = row.suspended_at or consent.paused_at, None
    old = open_random_key(row, level=LEVEL, owner=consent.pk)
    new = make_consent_key(consent)
    Consent.objects.filter(pk=consent.pk).update(key_generation=consent.key_generation)
    if suspended_at is not None:
        suspend_consent_key(consent, at=suspended_at)
    _order(KeyOrder.What.DESTROY, consent, row.generation, at)
    return old, new


def destroy_consent_key(consent: Consent, *, at: datetime) -> None:
    """Destroy the key of `consent`, which is locked, with the commit that ends it. Safe to run twice."""
    _order(KeyOrder.What.DESTROY, consent, consent.key_generation, at)


def suspend_consent_key(consent: Consent, *, at: datetime) -> None:
    """Set the key of `consent`, which is locked, aside: until it is resumed it opens nothing. Safe to run twice."""
    _order(KeyOrder.What.SUSPEND, consent, consent.key_generation, at)


def resume_consent_key(consent: Consent) -> bytes:
    """Take the key of `consent`, which is locked, into use again; return its 32 bytes. Safe to run twice."""
    KeyOrder.objects.filter(what=KeyOrder.What.SUSPEND, kind=KeyOrder.Kind.CONSENT, owner=consent.pk).delete()
    ConsentKey.objects.filter(consent_id=consent.pk, generation=consent.key_generation).update(suspended_at=None)
    return find_consent_key(consent.pk)


def _order(what: KeyOrder.What, consent: Consent, generation: int, at: datetime) -> None:
    order(what, KeyOrder.Kind.CONSENT, owner=consent.pk, generation=generation, at=at)
