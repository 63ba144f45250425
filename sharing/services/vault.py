"""Changing a citizen's own vault: records that only the citizen's key opens."""

import re
from collections.abc import Mapping
from datetime import datetime
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
from sharing.errors import DatasetNotFound, FileNeeded, InvalidRecord, RecordChanged
from sharing.files.field import file_pointers
from sharing.models import StoredFile, VaultRecord
from sharing.pointer import put_value, take_value_out, value_at
from sharing.sealed_record import seal_record
from sharing.services.files.forget import forget_file
from sharing.services.keep_current import keep_current
from sharing.services.open_vault import open_stored, vault_place

# As Python writes an id: PostgreSQL takes other spellings, and two of them would be two values of one file.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


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
    _check(citizen, dataset_version, content)
    lock_citizen(citizen)
    now = timezone.now()
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose="", now=now)
    record = _locked(citizen, dataset_version) or VaultRecord(
        citizen=citizen, dataset_version=dataset_version, version=0
    )
    if expected_version is not None and record.version != expected_version:
        # The button pressed twice: the first time it was done.
        if record.version and open_stored(record, vault_key=open_vault_key(citizen)) == content:
            return record
        raise RecordChanged(detail=_("Look at what it says, and make your change again."))
    # Once more under the lock: a file may have been removed since.
    _check_files(citizen, dataset_version, content)
    return _write(record, content, mandate=mandate, now=now)


def put_file(*, file: StoredFile, mandate: Mandate | None) -> bool:
    """Make a file that was just stored the value of its field, in the caller's transaction; return whether it is.

    It is not where the citizen has not filled in the record yet, which may not be valid without its other fields, or
    where something else is in the way. The form of that record has it then.
    """
    record = _locked(file.citizen, file.dataset_version)
    if record is None:
        return False
    content = open_stored(record, vault_key=open_vault_key(file.citizen))
    try:
        put_value(content, file.pointer, str(file.pk))
    except KeyError:
        return False
    if _schema_faults(file.dataset_version, content):
        return False
    _write(record, content, mandate=mandate, now=timezone.now())
    return True


def take_file_out(*, file: StoredFile, mandate: Mandate | None) -> None:
    """Leave the field of a file open, in the caller's transaction; raise FileNeeded where it may not be."""
    record = _locked(file.citizen, file.dataset_version)
    if record is None:
        return
    content = open_stored(record, vault_key=open_vault_key(file.citizen))
    if not take_value_out(content, file.pointer, str(file.pk)):
        return
    if _schema_faults(file.dataset_version, content):
        raise FileNeeded(detail=_("Add another file in its place: this data cannot be without one."))
    _write(record, content, mandate=mandate, now=timezone.now())


def version_of(citizen: Citizen, dataset: str) -> tuple[DatasetVersion, VaultRecord | None]:
    """Return the version of a dataset that the citizen filled in last, or the newest one; raise DatasetNotFound."""
    stored = (
        VaultRecord.objects.filter(citizen=citizen, dataset_version__dataset__slug=dataset)
        .select_related("dataset_version__dataset")
        .order_by("-dataset_version__number")
        .first()
    )
    if stored is not None:
        return stored.dataset_version, stored
    newest = DatasetVersion.objects.filter(dataset__slug=dataset).select_related("dataset").order_by("-number").first()
    if newest is None:
        raise DatasetNotFound
    return newest, None


def files_in_fields(
    citizen: Citizen, dataset_version: DatasetVersion, record: Mapping[str, Any]
) -> dict[str, StoredFile]:
    """Return {pointer: file} of the file fields: the file in `record`, or the newest one that waits for a record."""
    pointers = file_pointers(dataset_version.schema)
    if not pointers:
        return {}
    own = StoredFile.objects.in_vault_of(citizen).filter(dataset_version=dataset_version).order_by("pk")
    newest = {file.pointer: file for file in own}
    by_id = {str(file.pk): file for file in own}
    found = {}
    for pointer in pointers:
        try:
            file = by_id.get(str(value_at(record, pointer)))
        except KeyError:
            file = newest.get(pointer)
        if file is not None:
            found[pointer] = file
    return found


def _locked(citizen: Citizen, dataset_version: DatasetVersion) -> VaultRecord | None:
    records = VaultRecord.objects.select_for_update(no_key=True)
    found: VaultRecord | None = records.filter(citizen=citizen, dataset_version=dataset_version).first()
    return found


def _write(record: VaultRecord, content: dict[str, Any], *, mandate: Mandate | None, now: datetime) -> VaultRecord:
    """Seal `content` as the next version of a locked record, with its entry. Files that it replaces are removed."""
    citizen, dataset_version = record.citizen, record.dataset_version
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
    for pointer, value in _file_values(dataset_version, content).items():
        replaced = StoredFile.objects.in_vault_of(citizen).filter(dataset_version=dataset_version, pointer=pointer)
        for file in replaced.exclude(pk=value).select_related("citizen", "dataset_version__dataset"):
            forget_file(file, at=now, mandate=mandate)
    return record


def _check(citizen: Citizen, dataset_version: DatasetVersion, content: dict[str, Any]) -> None:
    faults = _schema_faults(dataset_version, content)
    if faults:
        raise InvalidRecord(errors=faults)
    _check_files(citizen, dataset_version, content)


def _schema_faults(dataset_version: DatasetVersion, content: dict[str, Any]) -> list[FieldError]:
    return [
        FieldError("/" + "/".join(str(part) for part in fault.absolute_path), "schema", fault.message)
        for fault in Draft202012Validator(dataset_version.schema).iter_errors(content)
    ]


def _check_files(citizen: Citizen, dataset_version: DatasetVersion, content: dict[str, Any]) -> None:
    """Raise InvalidRecord where a file is named that the citizen does not have for that field."""
    faults = []
    for pointer, value in _file_values(dataset_version, content).items():
        own = StoredFile.objects.in_vault_of(citizen).filter(dataset_version=dataset_version, pointer=pointer)
        if not _UUID.fullmatch(value) or not own.filter(pk=value).exists():
            faults.append(FieldError(pointer, "file-not-found", _("You do not have this file.")))
    if faults:
        raise InvalidRecord(errors=faults)


def _file_values(dataset_version: DatasetVersion, content: dict[str, Any]) -> dict[str, str]:
    """Return {pointer: id of the file} of the file fields that are filled in."""
    found = {}
    for pointer in file_pointers(dataset_version.schema):
        try:
            found[pointer] = str(value_at(content, pointer))
        except KeyError:
            continue
    return found
