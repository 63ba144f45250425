"""Opening a citizen's vault, for the citizen's own page and for the copies of what is shared."""

from typing import Any

from consent.keys.vault_key import open_vault_key
from consent.models import Citizen
from sharing.models import VaultRecord
from sharing.sealed_record import Place, SealedRecord, open_record


def open_vault(citizen: Citizen, dataset_version_ids: set[Any]) -> dict[Any, dict[str, Any]]:
    """Return the citizen's records by dataset version id; a dataset that was not filled in is left out."""
    records = list(VaultRecord.objects.filter(citizen=citizen, dataset_version_id__in=dataset_version_ids))
    if not records:
        return {}
    key = open_vault_key(citizen)
    return {record.dataset_version_id: open_stored(record, vault_key=key) for record in records}


def open_stored(record: VaultRecord, *, vault_key: bytes) -> dict[str, Any]:
    """Return what stands in `record`; raise DoesNotOpen for another key or place."""
    sealed = SealedRecord(bytes(record.wrapped_data_key), bytes(record.sealed))
    return open_record(sealed, key=vault_key, place=vault_place(record))


def vault_place(record: VaultRecord) -> Place:
    return Place("vault", record.citizen_id, record.pk, record.dataset_version_id, record.version)
