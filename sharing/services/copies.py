"""The sealed copies of a consent: exactly the granted fields, under its key."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.utils import timezone

from consent.models import Consent, PurposeField
from sharing.models import SealedItem
from sharing.pointer import value_at
from sharing.sealed_record import Place, SealedRecord, open_record, seal_record
from sharing.services.vault import open_vault


def seal_copies(*, consent: Consent, consent_key: bytes) -> int:
    """Seal a copy of the granted fields of each dataset, in the caller's transaction; return how many copies.

    A granted field that the citizen has not filled in is left out of the copy.
    """
    granted = consent.terms.fields
    by_dataset: dict[UUID, list[PurposeField]] = defaultdict(list)
    for field in consent.purpose_version.fields.all():
        if field.name in granted:
            by_dataset[field.dataset_version_id].append(field)
    vault = open_vault(consent.citizen, set(by_dataset))
    now = timezone.now()
    items = []
    for dataset_version_id, fields in by_dataset.items():
        item = SealedItem(consent=consent, dataset_version_id=dataset_version_id, sealed_at=now)
        copy = seal_record(
            pick_fields(vault.get(dataset_version_id, {}), fields), key=consent_key, place=item_place(item)
        )
        item.wrapped_data_key, item.sealed = copy.wrapped_data_key, copy.sealed
        items.append(item)
    SealedItem.objects.bulk_create(items)
    return len(items)


def pick_fields(record: dict[str, Any], fields: list[PurposeField]) -> dict[str, Any]:
    """Return {full name: value} of those `fields` that the record has a value for."""
    picked = {}
    for field in fields:
        try:
            picked[field.name] = value_at(record, field.pointer)
        except KeyError:
            continue
    return picked


def open_item(item: SealedItem, *, consent_key: bytes) -> dict[str, Any]:
    """Return the copy in `item`; raise DoesNotOpen for another key or place."""
    return open_record(
        SealedRecord(bytes(item.wrapped_data_key), bytes(item.sealed)),
        key=consent_key,
        place=item_place(item),
    )


def item_place(item: SealedItem) -> Place:
    return Place("consent", item.consent_id, item.pk, item.dataset_version_id, item.version)
