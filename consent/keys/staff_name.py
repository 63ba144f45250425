"""Names of staff as the log keeps them: sealed, disclosed by rule only (CJEU C-579/21)."""

from uuid import UUID

from django.db import transaction

from consent.keys.binding import binding
from consent.keys.envelope import seal, unseal
from consent.keys.keystore import keystore
from consent.keys.models import DisclosureKey
from consent.keys.ring import open_random_key, wrap_random_key
from consent.keys.scope import LOG
from consent.models.organisation import Organisation

LEVEL = "disclosure-key"


def seal_staff_name(organisation: Organisation, name: str) -> bytes:
    """Return `name` sealed to the disclosure key of `organisation`, which is made at first use."""
    return seal(_disclosure_key(organisation), name.encode(), _binding(organisation.pk))


def disclose_staff_name(organisation: Organisation, sealed: bytes) -> str:
    """Return the name in `sealed`; the caller has checked the rule and logs the disclosure."""
    return unseal(_disclosure_key(organisation), sealed, _binding(organisation.pk)).decode()


def _disclosure_key(organisation: Organisation) -> bytes:
    row = DisclosureKey.objects.filter(organisation_id=organisation.pk).first()
    if row is None:
        with transaction.atomic(using=keystore()):
            row = DisclosureKey(organisation_id=organisation.pk)
            wrap_random_key(row, scope=LOG, level=LEVEL, owner=organisation.pk)
            DisclosureKey.objects.bulk_create([row], ignore_conflicts=True)
        row = DisclosureKey.objects.get(organisation_id=organisation.pk)
    return open_random_key(row, level=LEVEL, owner=organisation.pk)


def _binding(organisation_id: UUID) -> bytes:
    return binding("staff-name", organisation_id)
