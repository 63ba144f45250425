"""The sealed copies of a consent: exactly the granted fields, under its key."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from consent.models import Citizen, Consent, DatasetVersion, PurposeField, PurposeVersion
from sharing.answers import answer_instead
from sharing.models import SealedItem
from sharing.pointer import value_at
from sharing.sealed_record import Place, SealedRecord, open_record, seal_record
from sharing.services.shared_files import describe_files, reshare_files, share_files
from sharing.services.vault import open_vault


def seal_copies(*, consent: Consent, consent_key: bytes) -> int:
    """Seal a copy of the granted fields of each dataset, in the caller's transaction; return how many copies.

    A granted field that the citizen has not filled in is left out of the copy. Of a file the copy says what it is, and
    its data key is sealed to the consent beside it.
    """
    by_dataset = _by_dataset(consent.purpose_version, consent.terms.fields)
    vault = open_vault(consent.citizen, set(by_dataset))
    contents = {
        dataset_version_id: pick_fields(vault.get(dataset_version_id, {}), fields)
        for dataset_version_id, fields in by_dataset.items()
    }
    files = describe_files(consent.citizen, contents)
    sealed = _seal(consent, contents, consent_key)
    share_files(consent, files, consent_key=consent_key)
    return sealed


def reseal_copies(*, consent: Consent, old_key: bytes, new_key: bytes) -> int:
    """Seal what is still shared to the new key of a narrowed consent, in the caller's transaction; return how many.

    The values are those that the citizen agreed to share, and not what the vault says since. The old copies go: with
    a backup of the old key they would tell what is no longer shared.
    """
    by_dataset = _by_dataset(consent.purpose_version, consent.terms.fields)
    old = list(SealedItem.objects.filter(consent=consent))
    opened = {item.dataset_version_id: open_item(item, consent_key=old_key) for item in old}
    SealedItem.objects.filter(pk__in=[item.pk for item in old]).delete()
    contents = {
        dataset_version_id: {
            field.name: opened[dataset_version_id][field.name]
            for field in fields
            if field.name in opened.get(dataset_version_id, {})
        }
        for dataset_version_id, fields in by_dataset.items()
    }
    reshare_files(consent, names=consent.terms.fields, old_key=old_key, new_key=new_key)
    return _seal(consent, contents, new_key)


def preview_shared(
    *, citizen: Citizen, purpose_version: PurposeVersion, fields: Collection[str], answers: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a recipient would see of `fields` today, {full name: value}, from the citizen's vault.

    A field in `answers`, {full name: derivation}, has the yes or no in place of its value. What is not filled in, or
    cannot be answered, is left out.
    """
    by_dataset = _by_dataset(purpose_version, fields)
    vault = open_vault(citizen, set(by_dataset))
    contents = {
        dataset_version_id: pick_fields(vault.get(dataset_version_id, {}), chosen)
        for dataset_version_id, chosen in by_dataset.items()
    }
    describe_files(citizen, contents)
    values = {name: value for content in contents.values() for name, value in content.items()}
    asked = {name: derivation for name, derivation in answers.items() if name in values}
    versions = DatasetVersion.objects.filter(pk__in=by_dataset).select_related("dataset") if asked else []
    shared = answer_instead(values, asked, versions, today=timezone.localdate())
    return {**shared.values, **shared.answers}


def _by_dataset(version: PurposeVersion, names: Collection[str]) -> dict[UUID, list[PurposeField]]:
    by_dataset: dict[UUID, list[PurposeField]] = defaultdict(list)
    for field in version.fields.all():
        if field.name in names:
            by_dataset[field.dataset_version_id].append(field)
    return by_dataset


def _seal(consent: Consent, contents: Mapping[UUID, dict[str, Any]], key: bytes) -> int:
    now = timezone.now()
    items = []
    for dataset_version_id, content in contents.items():
        item = SealedItem(consent=consent, dataset_version_id=dataset_version_id, sealed_at=now)
        copy = seal_record(content, key=key, place=item_place(item))
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
