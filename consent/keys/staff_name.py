"""Names of staff as the log keeps them: sealed, disclosed by rule only (CJEU C-579/21)."""

from uuid import UUID

from django.db import transaction

from consent.keys.binding import binding
from consent.keys.envelope import seal, unseal
from consent.keys.ring import unwrap_random_key, wrap_random_key
from consent.keys.scope import LOG
from consent.models.key import DisclosureKey
from consent.models.organisation import Organisation

_LEVEL = "disclosure-key"


def seal_staff_name(organisation: Organisation, name: str) -> bytes:
    """Return `name` sealed to the disclosure key of `organisation`, which is made at first use."""
    return seal(_disclosure_key(organisation), name.encode(), _binding(organisation.pk))


def disclose_staff_name(organisation: Organisation, sealed: bytes) -> str:
    """Return the name in `sealed`; the caller has checked the rule and logs the disclosure."""
    return unseal(_disclosure_key(organisation), sealed, _binding(organisation.pk)).decode()


def _disclosure_key(organisation: Organisation) -> bytes:
    row = DisclosureKey.objects.filter(organisation=organisation).first()
    if row is None:
        with transaction.atomic():
            row = DisclosureKey(organisation=organisation)
            wrap_random_key(row, scope=LOG, level=_LEVEL, owner=organisation.pk)
            DisclosureKey.objects.bulk_create([row], ignore_conflicts=True)
        row = DisclosureKey.objects.get(organisation=organisation)
    return unwrap_random_key(
        level=_LEVEL,
        owner=organisation.pk,
        purpose_key_id=row.purpose_key_id,
        generation=row.generation,
        wrapped=None if row.wrapped is None else bytes(row.wrapped),
    )


def _binding(organisation_id: UUID) -> bytes:
    return binding("staff-name", organisation_id)
