"""A citizen's own vault: records that only the citizen's key opens."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from jsonschema import Draft202012Validator

from audit.entry import Entry
from audit.errors import FieldError
from audit.services.append import append_entry
from consent.keys.vault_key import open_vault_key
from consent.models import Citizen, DatasetVersion
from sharing import actions
from sharing.errors import InvalidRecord
from sharing.models import VaultRecord
from sharing.sealed_record import Place, SealedRecord, open_record, seal_record


@transaction.atomic
def store_record(*, citizen: Citizen, dataset_version: DatasetVersion, content: dict[str, Any]) -> VaultRecord:
    """Seal `content` in the vault of `citizen`, in place of what was there.

    Raises InvalidRecord with every fault when it does not follow the dataset's JSON Schema.
    """
    faults = [
        FieldError("/" + "/".join(str(part) for part in fault.absolute_path), "schema", fault.message)
        for fault in Draft202012Validator(dataset_version.schema).iter_errors(content)
    ]
    if faults:
        raise InvalidRecord(errors=faults)
    now = timezone.now()
    record = (
        VaultRecord.objects.select_for_update(no_key=True)
        .filter(citizen=citizen, dataset_version=dataset_version)
        .first()
    ) or VaultRecord(citizen=citizen, dataset_version=dataset_version, version=0)
    record.version += 1
    sealed = seal_record(content, key=open_vault_key(citizen), place=_place(record))
    record.wrapped_data_key, record.sealed = sealed.wrapped_data_key, sealed.sealed
    record.changed_at = now
    record.save()
    append_entry(
        Entry(
            action=actions.VAULT_CHANGED.name,
            outcome="allowed",
            at=now,
            subject=citizen.log_subject,
            details={"dataset": dataset_version.dataset.slug, "version": record.version},
        )
    )
    return record


def open_vault(citizen: Citizen, dataset_version_ids: set[Any]) -> dict[Any, dict[str, Any]]:
    """Return the citizen's records by dataset version id; a dataset that was not filled in is left out."""
    records = list(VaultRecord.objects.filter(citizen=citizen, dataset_version_id__in=dataset_version_ids))
    if not records:
        return {}
    key = open_vault_key(citizen)
    return {
        record.dataset_version_id: open_record(
            SealedRecord(bytes(record.wrapped_data_key), bytes(record.sealed)), key=key, place=_place(record)
        )
        for record in records
    }


def _place(record: VaultRecord) -> Place:
    return Place("vault", record.citizen_id, record.pk, record.dataset_version_id, record.version)
