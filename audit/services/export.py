"""Exports of the log: asked by an auditor, made in the background in batches, sealed, and thrown away after a week.

Asking, making and every download are entries. A worker that dies leaves parts of a run that counts for nothing any
more; who goes on begins anew, because a Parquet file and a sealed bundle cannot be gone on with from the middle. What
it costs in memory is one batch and one part, however many entries there are.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actions import EXPORT_ASKED, EXPORT_DOWNLOADED, EXPORT_MADE, Action
from audit.entry import Entry
from audit.errors import Conflict, Invalid, NotFound, TooLarge
from audit.export.formats import FORMATS
from audit.export.row import Row
from audit.export.sealing import PART_BYTES, SALT_BYTES, PartDoesNotOpen, export_key, open_part, seal_part
from audit.models import LogExport, LogExportPart, Record
from audit.models.record import RecordQuerySet
from audit.people import Viewer
from audit.processing_activity import processing_activities
from audit.search.filters import EntryFilters, filters_from_json
from audit.services.append import AppendedEntry, append_entry
from audit.timeline import describe

KEPT_FOR = timedelta(days=7)
BATCH = 500
# A worker that died, or a queue that lost the task, is not waited for longer. It tells of itself with every batch.
RETRY_AFTER = timedelta(minutes=2)


class ExportNotFound(NotFound):
    code = "export-not-found"


class ExportNotReady(Conflict):
    code = "export-not-ready"
    title = gettext_lazy("This file is not ready")


class ExportInTheMaking(Conflict):
    code = "export-in-the-making"
    title = gettext_lazy("A file of yours is being made already")


class TooManyEntries(TooLarge):
    code = "too-many-entries"
    title = gettext_lazy("These are too many entries for one file")


class NothingToExport(Invalid):
    code = "nothing-to-export"
    title = gettext_lazy("There is nothing to put into a file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file for its reader: `pieces` opens part after part while it is sent."""

    name: str
    media_type: str
    size: int
    pieces: Iterator[bytes]


def count_entries(*, viewer: Viewer, filters: EntryFilters, now: datetime, most: int) -> int:
    """Count what an export of these filters would hold, up to one more than `most`."""
    return _entries(viewer, filters.fixed(now), until=now)[: most + 1].count()


@transaction.atomic
def ask_export(*, viewer: Viewer, filters: EntryFilters, format: str, language: str) -> LogExport:  # noqa: A002
    """Ask for a file with the entries that `viewer` may see and `filters` leave.

    Raise Invalid for a format that there is none of, TooManyEntries, NothingToExport, or ExportInTheMaking while
    another file of the same person is being made.
    """
    if format not in FORMATS or viewer.account is None or viewer.kind != "auditor":
        raise Invalid(_("Choose one of the kinds of file."))
    now = timezone.now()
    fixed = filters.fixed(now)
    most = FORMATS[format].most
    total = count_entries(viewer=viewer, filters=fixed, now=now, most=most)
    if total > most:
        raise TooManyEntries(
            _("This kind of file holds at most %(most)s entries. Narrow the search, for example to a shorter period.")
            % {"most": f"{most:,}".replace(",", ".")}
        )
    if not total:
        raise NothingToExport(_("Nothing was found. Search for something else."))
    export = LogExport(
        account=viewer.account,
        organisation=viewer.organisation,
        role=viewer.role,
        organisations=None if viewer.organisations is None else sorted(viewer.organisations),
        filters=fixed.as_json(),
        format=format,
        language=language,
        total=total,
        salt=os.urandom(SALT_BYTES),
        asked_at=now,
        worked_at=now,
        ends_at=now + KEPT_FOR,
    )
    export.asked_entry = _log(EXPORT_ASKED, export, viewer, entries=total).id
    try:
        with transaction.atomic():
            export.save(force_insert=True)
    except IntegrityError:
        raise ExportInTheMaking(_("Wait until it is ready, or cancel it.")) from None
    return export


def make_export(*, export_id: UUID) -> None:
    """Make the file. Safe to run twice, and at once: who began last makes it, the other stops.

    Nothing is done for one that is ready, cancelled or gone. Raise what keeps it from being made.
    """
    run = uuid4()
    open_ones = LogExport.objects.in_the_making().filter(pk=export_id)
    if not open_ones.update(state=LogExport.State.WORKING, run=run, done=0, worked_at=timezone.now()):
        return
    LogExportPart.objects.filter(export_id=export_id).exclude(run=run).delete()
    export = LogExport.objects.get(pk=export_id)
    sink = _Parts(export, run)
    now = timezone.now()
    with translation.override(export.language):
        file = FORMATS[export.format].begin(sink, export, now)
        done = 0
        for rows in _batches(export):
            file.add(rows)
            done += len(rows)
            if not _tell(export, run, done):
                sink.forget()
                return
        file.end()
    sink.end()
    _ready(export, run, done, sink)


@transaction.atomic
def _ready(export: LogExport, run: UUID, done: int, sink: "_Parts") -> None:
    now = timezone.now()
    stored = LogExport.objects.filter(pk=export.pk, run=run, state=LogExport.State.WORKING).update(
        state=LogExport.State.READY,
        done=done,
        total=done,
        parts=sink.parts,
        size=sink.size,
        sha256=sink.digest(),
        ready_at=now,
        ends_at=now + KEPT_FOR,
    )
    if not stored:
        sink.forget()
        return
    _log(EXPORT_MADE, export, None, entries=done, sha256=sink.digest().hex())


def fail_export(*, export_id: UUID, failure: str) -> None:
    """Say that the file could not be made, and why by a code, so that it can be asked for again."""
    LogExport.objects.in_the_making().filter(pk=export_id).update(state=LogExport.State.FAILED, failure=failure)
    _forget_parts(export_id)


def cancel_export(*, viewer: Viewer, export_id: UUID) -> LogExport:
    """Stop the making of a file; nothing happens to one that is ready. Raise ExportNotFound."""
    export = find_export(viewer=viewer, export_id=export_id)
    cancelled = LogExport.objects.in_the_making().filter(pk=export.pk).update(state=LogExport.State.CANCELLED)
    if cancelled:
        _forget_parts(export.pk)
    return export


def find_export(*, viewer: Viewer, export_id: UUID) -> LogExport:
    """Return an export of this person; raise ExportNotFound for another's and for one that is gone."""
    found = LogExport.objects.of_account(viewer.account).filter(pk=export_id).first()
    if found is None:
        raise ExportNotFound(_("It was thrown away after a week, or it never was there. Ask for a new one."))
    return found


def exports_of(viewer: Viewer) -> list[LogExport]:
    """Return what this person asked for, the newest first."""
    return list(LogExport.objects.of_account(viewer.account).order_by("-asked_at"))


@transaction.atomic
def open_export(*, viewer: Viewer, export_id: UUID) -> Download:
    """Return the file, after its entry: no log, no data.

    Raise ExportNotFound, also for who does not oversee any more what was exported, or ExportNotReady.
    """
    export = find_export(viewer=viewer, export_id=export_id)
    if not _still_oversees(viewer, export):
        raise ExportNotFound(_("You no longer oversee every organisation that is in this file."))
    if export.state != LogExport.State.READY or export.run is None:
        raise ExportNotReady(_("It is still being made. Look again in a moment."))
    parts = LogExportPart.objects.filter(export_id=export.pk, run=export.run)
    if parts.count() != export.parts:
        raise ExportNotFound(_("A part of this file is missing. Ask for a new one."))
    try:
        first = _piece(export, export.run, 0)
    except PartDoesNotOpen:
        # As after a change of SECRET_KEY. Said before anything is sent, where there still is a page to say it on.
        raise ExportNotFound(_("This file does not open any more. Ask for a new one.")) from None
    _log(EXPORT_DOWNLOADED, export, viewer, entries=export.done)
    return Download(
        name=f"deelwijs-log-{timezone.localtime(export.asked_at):%Y-%m-%d-%H%M}.{FORMATS[export.format].suffix}",
        media_type=FORMATS[export.format].media_type,
        size=export.size,
        pieces=chain([first], (_piece(export, export.run, number) for number in range(1, export.parts))),
    )


def remove_exports() -> int:
    """Throw away the files whose week is over; return how many."""
    over = list(LogExport.objects.filter(ends_at__lte=timezone.now()).values_list("pk", flat=True))
    removed, _rows = LogExport.objects.filter(pk__in=over).delete()
    # Also parts that a run wrote after its export was gone.
    LogExportPart.objects.exclude(export_id__in=LogExport.objects.values("pk")).delete()
    return removed


def waiting_exports() -> list[UUID]:
    """Return the exports that nobody can be at any more, though they are not made."""
    overdue = LogExport.objects.in_the_making().filter(worked_at__lte=timezone.now() - RETRY_AFTER)
    return list(overdue.values_list("pk", flat=True))


def _entries(viewer: Viewer, filters: EntryFilters, *, until: datetime) -> RecordQuerySet:
    return Record.objects.visible_to(viewer).filter(at__lte=until).matching(filters)


def _batches(export: LogExport) -> Iterator[list[Row]]:
    """Give the entries, the oldest first, a batch at a time. By position and not by count: entries may be erased."""
    viewer = Viewer(
        kind="auditor",
        organisations=None if export.organisations is None else frozenset(export.organisations),
    )
    entries = _entries(viewer, filters_from_json(export.filters), until=export.asked_at)
    entries = entries.order_by("at", "entry_id")
    after = Q()
    # What is exported is what was allowed when it was asked, also if more entries turn up by then.
    left = FORMATS[export.format].most
    while left and (records := list(entries.filter(after)[: min(BATCH, left)])):
        left -= len(records)
        last = records[-1]
        after = Q(at__gt=last.at) | Q(at=last.at, entry_id__gt=last.entry_id)
        activities = processing_activities([record.entry for record in records])
        yield [
            Row(record=record, described=described, activity=activities[record.entry_id])
            for record, described in zip(records, describe(records), strict=True)
        ]


def _tell(export: LogExport, run: UUID, done: int) -> bool:
    """Say how far it is; return whether this run is still the one that counts."""
    still = LogExport.objects.filter(pk=export.pk, run=run, state=LogExport.State.WORKING)
    return bool(still.update(done=min(done, export.total), worked_at=timezone.now()))


class _Parts:
    """Takes a file as it is written, and keeps it sealed in parts of one size."""

    def __init__(self, export: LogExport, run: UUID) -> None:
        self._export = export
        self._run = run
        self._key = export_key(bytes(export.salt))
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self.parts = 0
        self.size = 0

    def write(self, content: bytes, /) -> None:
        self._hash.update(content)
        self.size += len(content)
        self._waiting += content
        while len(self._waiting) >= PART_BYTES:
            self._keep(bytes(self._waiting[:PART_BYTES]))
            del self._waiting[:PART_BYTES]

    def end(self) -> None:
        if self._waiting:
            self._keep(bytes(self._waiting))
            self._waiting.clear()

    def digest(self) -> bytes:
        return self._hash.digest()

    def forget(self) -> None:
        LogExportPart.objects.filter(export_id=self._export.pk, run=self._run).delete()

    def _keep(self, content: bytes) -> None:
        sealed = seal_part(self._key, content, export=self._export.pk, run=self._run, number=self.parts)
        LogExportPart.objects.create(export_id=self._export.pk, run=self._run, number=self.parts, sealed=sealed)
        self.parts += 1


def _piece(export: LogExport, run: UUID, number: int) -> bytes:
    part = LogExportPart.objects.get(export_id=export.pk, run=run, number=number)
    return open_part(export_key(bytes(export.salt)), bytes(part.sealed), export=export.pk, run=run, number=number)


def _forget_parts(export_id: UUID) -> None:
    LogExportPart.objects.filter(export_id=export_id).delete()


def _still_oversees(viewer: Viewer, export: LogExport) -> bool:
    if viewer.kind != "auditor":
        return False
    if viewer.organisations is None:
        return True
    return export.organisations is not None and viewer.organisations.issuperset(export.organisations)


def _log(action: Action, export: LogExport, viewer: Viewer | None, **facts: Any) -> AppendedEntry:
    """Log something about an export; whoever was searched for by pseudonym finds it in the own timeline too."""
    return append_entry(
        Entry(
            action=action.name,
            outcome="allowed",
            subject=export.filters.get("subject", ""),
            organisation=export.organisation,
            role=export.role,
            department=viewer.department if viewer else "",
            user_sealed=viewer.user_sealed if viewer else b"",
            related=None if action == EXPORT_ASKED else export.asked_entry,
            details={"export": str(export.pk), "format": str(export.format), "filters": export.filters, **facts},
        )
    )
