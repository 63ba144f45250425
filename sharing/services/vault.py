"""Changing a citizen's own vault: records that only the citizen's key opens."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from audit.entry import Entry
from audit.errors import FieldError
from audit.services.append import append_entry
from consent.keys.vault_key import open_vault_key
from consent.models import Act, Citizen, DatasetVersion, Mandate
from consent.services.citizens import lock_citizen
from consent.services.mandates import acting_for_text, check_mandate
from sharing import actions
from sharing.errors import InvalidRecord, RecordChanged
from sharing.models import VaultRecord
from sharing.sealed_record import seal_record
from sharing.services.keep_current import keep_current
from sharing.services.open_vault import open_stored, vault_place


@transaction.atomic
def store_record(
    *,
    citizen: Citizen,
    dataset_version: DatasetVersion,
    content: dict[str, Any],
    expected_version: int | None = None,
    mandate: Mandate | None = None,
) -> VaultRecord:
    """Seal `content` in the vault of `citizen`, in place of what was there, and bring those consents up to date whose
    terms say so: all of it or nothing.

    `expected_version` is that of the record which the change was made to, 0 where there was none: the same content
    said twice is then stored once. Raises InvalidRecord with every fault when it does not follow the dataset's JSON
    Schema, RecordChanged when somebody changed the record since, CitizenErased, or what kept a copy closed.
    """
    faults = [
        FieldError("/" + "/".join(str(part) for part in fault.absolute_path), "schema", fault.message)
        for fault in Draft202012Validator(dataset_version.schema).iter_errors(content)
    ]
    if faults:
        raise InvalidRecord(errors=faults)
    lock_citizen(citizen)
    now = timezone.now()
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose="", now=now)
    record = (
        VaultRecord.objects.select_for_update(no_key=True)
        .filter(citizen=citizen, dataset_version=dataset_version)
        .first()
    ) or VaultRecord(citizen=citizen, dataset_version=dataset_version, version=0)
    if expected_version is not None and record.version != expected_version:
        # The button pressed twice: the first time it was done.
        if record.version and open_stored(record, vault_key=open_vault_key(citizen)) == content:
            return record
        raise RecordChanged(detail=_("Look at what it says, and make your change again."))
    record.version += 1
    sealed = seal_record(content, key=open_vault_key(citizen), place=vault_place(record))
    record.wrapped_data_key, record.sealed = sealed.wrapped_data_key, sealed.sealed
    record.changed_at = now
    record.save()
    logged = append_entry(
        Entry(
            action=actions.VAULT_CHANGED.name,
            outcome="allowed",
            at=now,
            subject=citizen.log_subject,
            acting_for=acting_for_text(mandate),
            details={"dataset": dataset_version.dataset.slug, "version": record.version},
        )
    )
    keep_current(citizen=citizen, dataset_version=dataset_version, content=content, related=logged.id, mandate=mandate)
    return record
