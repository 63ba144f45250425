"""The key of a citizen's own vault."""

from datetime import datetime

from django.db import transaction

from consent.keys.keystore import keystore
from consent.keys.models import VaultKey
from consent.keys.orders import order
from consent.keys.ring import open_random_key, wrap_random_key
from consent.keys.scope import VAULT
from consent.models.citizen import Citizen
from consent.models.key_order import KeyOrder

LEVEL = "vault-key"


def make_vault_key(citizen: Citizen) -> bytes:
    """Make and store the vault key of `citizen`, who may be unsaved; return its 32 bytes."""
    row = VaultKey(citizen_id=citizen.pk)
    with transaction.atomic(using=keystore()):
        key = wrap_random_key(row, scope=VAULT, level=LEVEL, owner=citizen.pk)
        row.save(force_insert=True)
    return key


def open_vault_key(citizen: Citizen) -> bytes:
    """Return the 32 bytes of the vault key of `citizen`; raise KeyDestroyed after an erasure."""
    row = VaultKey.objects.filter(citizen_id=citizen.pk).first()
    return open_random_key(row, level=LEVEL, owner=citizen.pk)


def destroy_vault_key(citizen: Citizen, *, at: datetime) -> None:
    """Destroy the vault key of `citizen`: nothing in the vault opens any more. Safe to run twice."""
    order(KeyOrder.What.DESTROY, KeyOrder.Kind.VAULT, owner=citizen.pk, generation=1, at=at)
