"""Whether every record that is missing was erased by rule, and every erasure stands in the log."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef

from audit.actions import ERASED
from audit.entry import commit_to_entry
from audit.models import Erasure, LoggedEntry, Record
from audit.retention.commitment import commit_to_list
from audit.verification.discrepancy import Altered


def erasures_of(entry_ids: Collection[UUID]) -> Mapping[UUID, Erasure]:
    """Return the erasures of entries, by entry; for a batch of entries without a record."""
    return Erasure.objects.in_bulk(list(entry_ids)) if entry_ids else {}


def check_missing_record(entry_id: UUID, erasures: Mapping[UUID, Erasure]) -> None:
    """Raise Altered for an entry without a record that no erasure names."""
    if entry_id not in erasures:
        raise Altered(
            "record-missing",
            f"record of {entry_id}",
            "It was not erased by rule: no erasure names it. It was deleted behind the back of the service.",
        )


def check_erasures() -> None:
    """Check that each erasure is one that the log tells of, with as many records and the same ones.

    One entry stands for a batch of records, so the rows are read entry by entry.
    """
    kept = Record.objects.filter(entry_id=OuterRef("entry_id"))
    for said in Erasure.objects.filter(Exists(kept)).order_by("entry_id")[:1]:
        raise Altered(
            "erasure-invented",
            f"erasure of {said.entry_id}",
            "The record is there: the row was put in behind the back of the service, or the record put back.",
        )
    after: UUID | None = None
    while (erased_by := _next_entry(after)) is not None:
        _check_entry(erased_by)
        after = erased_by


def _next_entry(after: UUID | None) -> UUID | None:
    rows = Erasure.objects.all() if after is None else Erasure.objects.filter(erased_by__gt=after)
    return rows.order_by("erased_by").values_list("erased_by", flat=True).first()


def _check_entry(erased_by: UUID) -> None:
    where = f"erasure by entry {erased_by}"
    entry = LoggedEntry.objects.filter(pk=erased_by).first()
    record = Record.objects.filter(pk=erased_by).first()
    if entry is None or record is None:
        raise Altered(
            "erasure-not-logged", where, "There is no such entry: records were deleted behind the back of the service."
        )
    if commit_to_entry(bytes(record.salt), bytes(record.canonical)) != bytes(entry.commitment):
        raise Altered("record-altered", f"record {erased_by}", "Text and salt do not give the commitment of the entry.")
    said = record.entry
    ids = list(Erasure.objects.filter(erased_by=erased_by).values_list("entry_id", flat=True))
    details = (said.details.get("erased"), said.details.get("commitment"))
    if said.action != ERASED.name or details != (len(ids), commit_to_list(ids)):
        raise Altered(
            "erasure-altered",
            where,
            "The entry speaks of other records: rows were added, removed or made to point at it.",
        )
