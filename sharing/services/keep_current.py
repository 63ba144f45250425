"""Keeping copies up to date: what a citizen changes in the vault reaches the consents whose terms say so, and only
those."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.services.append import append_entry
from consent.keys.consent_key import find_consent_key
from consent.models import Citizen, Consent, DatasetVersion, Mandate
from consent.services.consent_entry import consent_entry
from sharing import actions
from sharing.models import SealedItem, SharedFile
from sharing.sealed_record import seal_record
from sharing.services.copies import fields_by_dataset, item_place, open_item, pick_fields
from sharing.services.open_vault import open_vault
from sharing.services.shared_files import describe_files, share_files


def keep_current(
    *,
    citizen: Citizen,
    dataset_version: DatasetVersion,
    content: dict[str, Any],
    related: UUID,
    mandate: Mandate | None = None,
) -> int:
    """Bring the consents up to date that share something of a record which is now `content`; return how many it
    changed. In the caller's transaction, which holds the citizen's row.

    `related` is the entry of the change. A consent that is paused waits until it is resumed. Raises what kept a copy
    closed: DoesNotOpen, KeyDestroyed or KeyServiceUnavailable.
    """
    consents = (
        Consent.objects.of_citizen(citizen)
        .given()
        .kept_up_to_date()
        .filter(sealed_items__dataset_version=dataset_version, ends_at__gt=timezone.now())
        .select_related("citizen", "organisation", "purpose", "purpose_version")
        # Of two that lock several, both take them in the same order.
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    records = {dataset_version.pk: content}
    return sum(
        _bring_up_to_date(consent, find_consent_key(consent.pk), records, related=related, mandate=mandate)
        for consent in consents
    )


def catch_up(*, consent: Consent, consent_key: bytes, mandate: Mandate | None = None) -> bool:
    """Bring a consent, which is locked, up to date with all that changed during its pause, in the caller's
    transaction; return whether anything had."""
    if not consent.terms.keeps_up_to_date:
        return False
    shared = set(SealedItem.objects.filter(consent=consent).values_list("dataset_version_id", flat=True))
    vault = open_vault(consent.citizen, shared)
    records = {dataset_version_id: vault.get(dataset_version_id, {}) for dataset_version_id in shared}
    return _bring_up_to_date(consent, consent_key, records, mandate=mandate)


def _bring_up_to_date(
    consent: Consent,
    consent_key: bytes,
    records: Mapping[UUID, dict[str, Any]],
    *,
    related: UUID | None = None,
    mandate: Mandate | None = None,
) -> bool:
    """Seal the copies anew that say something else than `records`, {dataset version: record}, and log it."""
    # After the consent was locked: a release that got its use before has an earlier time.
    now = timezone.now()
    fields = fields_by_dataset(consent.purpose_version, consent.terms.fields)
    items = list(SealedItem.objects.filter(consent=consent, dataset_version__in=records))
    contents = {
        item.dataset_version_id: pick_fields(records[item.dataset_version_id], fields[item.dataset_version_id])
        for item in items
    }
    files = describe_files(consent.citizen, contents)
    changed: list[str] = []
    for item in items:
        before = open_item(item, consent_key=consent_key)
        after = contents[item.dataset_version_id]
        different = [name for name in {**before, **after} if _text(before, name) != _text(after, name)]
        if different:
            changed += different
            item.version += 1
            copy = seal_record(after, key=consent_key, place=item_place(item))
            item.wrapped_data_key, item.sealed = copy.wrapped_data_key, copy.sealed
            item.sealed_at = item.values_at = now
            item.save(update_fields=["version", "wrapped_data_key", "sealed", "sealed_at", "values_at"])
    if not changed:
        return False
    SharedFile.objects.filter(consent=consent, name__in=changed).delete()
    share_files(consent, {name: file for name, file in files.items() if name in changed}, consent_key=consent_key)
    # A release that opened the old copy takes no use any more: it reads again.
    consent.version += 1
    consent.save(update_fields=["version"])
    append_entry(
        consent_entry(
            actions.KEPT_CURRENT, consent, at=now, mandate=mandate, fields=tuple(sorted(changed)), related=related
        )
    )
    return True


def _text(values: Mapping[str, Any], name: str) -> str | None:
    """Return a value as a text that no other value has: to Python 1 and true are the same."""
    return json.dumps(values[name], sort_keys=True) if name in values else None
