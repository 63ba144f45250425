"""Auditors take along what they searched for: what they may see, for as long as they may, and all of it is logged."""

import hashlib
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection
from django.test import override_settings
from django.utils import timezone

from audit.errors import Invalid
from audit.export import formats
from audit.export.sealing import PART_BYTES, PartDoesNotOpen
from audit.models import LogExport, LogExportPart, LoggedEntry, Record
from audit.search.filters import EntryFilters
from audit.services import export as exporting
from audit.services.export import (
    ExportInTheMaking,
    ExportNotFound,
    ExportNotReady,
    NothingToExport,
    TooManyEntries,
    ask_export,
    cancel_export,
    exports_of,
    make_export,
    open_export,
    remove_exports,
    waiting_exports,
)
from audit.tasks import keep_log_exports, make_log_export
from tests.audit.conftest import LookAs
from tests.audit.exporting import ask, content, made
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, append
from tests.audit.people import AS_ANNA, AS_HANNA

ANOTHER = replace(AS_HANNA, person="01933b6e-0000-7000-8000-00000000000b")


@pytest.fixture(autouse=True)
def _auditors(db: None, look_as: LookAs) -> None:
    """People as the audit app knows them."""


def said_of(action: str) -> list[dict[str, object]]:
    return [dict(record.entry.details) for record in Record.objects.filter(action=action).order_by("entry_id")]


def test_asking_making_and_every_download_are_entries_with_filters_and_counts() -> None:
    append(3, case="case-1")
    append(2, case="case-2")
    export = ask(filters=EntryFilters(case="case-1", subject=ANNA))
    make_export(export_id=export.pk)
    first, second = content(export), content(export)
    assert first == second
    export.refresh_from_db()
    facts = {
        "export": str(export.pk),
        "format": "csv",
        "filters": {"case": "case-1", "subject": ANNA},
        "entries": 3,
    }
    assert said_of("audit.export-asked") == [facts]
    assert said_of("audit.export-made") == [{**facts, "sha256": hashlib.sha256(first).hexdigest()}]
    assert said_of("audit.export-downloaded") == [facts, facts]
    looks = Record.objects.filter(action="audit.export-downloaded")
    # Who is searched for by pseudonym finds it in the own timeline.
    assert {(look.subject, look.organisation, bytes(look.user_sealed)) for look in looks} == {
        (ANNA, MUNICIPALITY, b"the sealed name of Hanna")
    }
    assert {look.entry.related for look in looks} == {export.asked_entry}


def test_it_holds_what_the_auditor_may_see_and_no_more() -> None:
    append(2, case="ours")
    append(2, case="theirs", organisation=POLICE)
    text = made("csv").decode()
    assert text.count("ours") == 2
    assert "theirs" not in text
    with pytest.raises(NothingToExport):
        ask(filters=EntryFilters(organisation=POLICE))


def test_nobody_else_has_it() -> None:
    append(1)
    export = ask()
    make_export(export_id=export.pk)
    assert exports_of(ANOTHER) == exports_of(AS_ANNA) == []
    for viewer in (ANOTHER, AS_ANNA):
        with pytest.raises(ExportNotFound):
            open_export(viewer=viewer, export_id=export.pk)
        with pytest.raises(ExportNotFound):
            cancel_export(viewer=viewer, export_id=export.pk)
    # Who no longer oversees what is in it, or oversees less of it.
    for gone in (replace(AS_HANNA, kind="staff"), replace(AS_HANNA, organisations=frozenset())):
        with pytest.raises(ExportNotFound):
            open_export(viewer=gone, export_id=export.pk)
    assert said_of("audit.export-downloaded") == []


def test_what_is_refused_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    append(3)
    before = LoggedEntry.objects.count()
    monkeypatch.setitem(formats.FORMATS, "csv", replace(formats.FORMATS["csv"], most=2))
    with pytest.raises(TooManyEntries) as refused:
        ask("csv")
    assert "hoogstens 2 regels" in str(refused.value.detail)
    with pytest.raises(NothingToExport):
        ask("jsonl", filters=EntryFilters(case="nothing"))
    for viewer in (AS_ANNA, replace(AS_HANNA, person="")):
        with pytest.raises(Invalid):
            ask("jsonl", viewer=viewer)
    with pytest.raises(Invalid):
        ask("xlsx")
    assert (LoggedEntry.objects.count(), LogExport.objects.count()) == (before, 0)


def test_one_file_of_a_person_is_made_at_a_time() -> None:
    append(1)
    export = ask()
    before = LoggedEntry.objects.count()
    with pytest.raises(ExportInTheMaking):
        ask("jsonl")
    assert LoggedEntry.objects.count() == before
    ask("jsonl", viewer=ANOTHER)
    cancel_export(viewer=AS_HANNA, export_id=export.pk)
    ask("jsonl")


def test_a_file_that_is_not_ready_is_not_handed_out() -> None:
    append(1)
    export = ask()
    with pytest.raises(ExportNotReady):
        open_export(viewer=AS_HANNA, export_id=export.pk)
    cancel_export(viewer=AS_HANNA, export_id=export.pk)
    make_export(export_id=export.pk)
    with pytest.raises(ExportNotReady):
        open_export(viewer=AS_HANNA, export_id=export.pk)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_logexport SET state = 'ready'")


def test_cancelling_stops_the_one_who_is_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    append(6)
    export = ask()
    told: list[int] = []

    def cancelled_after_the_first(given: LogExport, run: UUID, done: int) -> bool:
        told.append(done)
        cancel_export(viewer=AS_HANNA, export_id=given.pk)
        return tell(given, run, done)

    tell = exporting._tell
    monkeypatch.setattr(exporting, "_tell", cancelled_after_the_first)
    make_export(export_id=export.pk)
    export.refresh_from_db()
    assert (told, export.state) == ([2], "cancelled")
    assert not LogExportPart.objects.exists()
    assert said_of("audit.export-made") == []


def test_who_began_last_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was thought dead wakes up: of the two one stores the file, whole."""
    monkeypatch.setattr(exporting, "BATCH", 2)
    append(6)
    export = ask("jsonl")
    tell = exporting._tell

    def overtaken(given: LogExport, run: UUID, done: int) -> bool:
        monkeypatch.setattr(exporting, "_tell", tell)
        make_export(export_id=given.pk)
        return tell(given, run, done)

    monkeypatch.setattr(exporting, "_tell", overtaken)
    make_export(export_id=export.pk)
    assert content(export).count(b"\n") == 6
    assert len(said_of("audit.export-made")) == 1
    assert LogExportPart.objects.count() == 1


def test_a_killed_worker_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    monkeypatch.setattr(exporting, "PART_BYTES", 100)
    append(4)
    export = ask("jsonl")
    tell = exporting._tell

    def killed(given: LogExport, run: UUID, done: int) -> bool:
        tell(given, run, done)
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "_tell", killed)
    with pytest.raises(KeyboardInterrupt):
        make_export(export_id=export.pk)
    monkeypatch.setattr(exporting, "_tell", tell)
    assert LogExportPart.objects.exists()
    assert waiting_exports() == []
    LogExport.objects.update(worked_at=timezone.now() - timedelta(minutes=3))
    asked: list[str] = []
    monkeypatch.setattr(make_log_export, "delay", asked.append)
    keep_log_exports()
    assert asked == [str(export.pk)]
    make_log_export(asked[0])
    assert content(export).count(b"\n") == 4
    assert LogExportPart.objects.values("run").distinct().count() == 1


def test_it_ends_after_a_week_and_takes_its_parts_along() -> None:
    append(1)
    export = ask()
    make_export(export_id=export.pk)
    LogExportPart.objects.create(export_id=uuid4(), run=uuid4(), number=0, sealed=b"nobody's")
    assert remove_exports() == 0
    assert LogExportPart.objects.count() == 1
    LogExport.objects.update(ends_at=timezone.now())
    with pytest.raises(ExportNotFound):
        open_export(viewer=AS_HANNA, export_id=export.pk)
    assert remove_exports() == 1
    assert not LogExportPart.objects.exists()


def test_what_lies_in_the_database_says_nothing_and_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PART_BYTES", 400)
    append(3, case="a secret case")
    export = ask("jsonl")
    make_export(export_id=export.pk)
    parts = list(LogExportPart.objects.order_by("number"))
    assert len(parts) > 2
    assert not any(b"secret" in bytes(part.sealed) for part in parts)
    sealed = bytes(parts[0].sealed)
    for other in (sealed[:-1] + bytes([sealed[-1] ^ 1]), bytes(parts[1].sealed)):
        LogExportPart.objects.filter(pk=parts[0].pk).update(sealed=other)
        with pytest.raises(ExportNotFound, match="gaat niet meer open"):
            content(export)
    LogExportPart.objects.filter(pk=parts[0].pk).update(sealed=sealed)
    LogExportPart.objects.filter(pk=parts[1].pk).update(sealed=sealed)
    with pytest.raises(PartDoesNotOpen):
        content(export)
    LogExportPart.objects.filter(pk=parts[1].pk).update(sealed=bytes(parts[1].sealed))
    content(export)
    # In the database of a thief it lies under a key that is not there.
    with override_settings(SECRET_KEY="another"), pytest.raises(ExportNotFound):
        content(export)
    parts[-1].delete()
    with pytest.raises(ExportNotFound):
        content(export)


def test_entries_of_later_are_not_in_it() -> None:
    append(2)
    export = ask("jsonl")
    append(2, case="of later")
    make_export(export_id=export.pk)
    assert b"of later" not in content(export)


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 20)
    monkeypatch.setattr(exporting, "PART_BYTES", 8 * 1024)
    append(20, subject=BRAM, case="few")
    append(200, case="many", details={"long": "x" * 2000})
    peaks = []
    for case in ("few", "many"):
        export = ask("csv", filters=EntryFilters(case=case))
        tracemalloc.start()
        make_export(export_id=export.pk)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    size = LogExport.objects.order_by("-size").values_list("size", flat=True)[0]
    assert size > 400_000
    assert peaks[1] < peaks[0] + size, "the whole file was in memory"
    assert PART_BYTES == 1024 * 1024


def test_what_cannot_be_made_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    append(1)
    export = ask("bundle")
    # Its entry waits for its place in the log, and nobody gives it one.
    make_log_export.push_request(retries=3)  # type: ignore[call-arg]  # the types know it without arguments only
    try:
        with pytest.raises(Exception, match="not-in-log-yet"):
            make_log_export.run(str(export.pk))
    finally:
        make_log_export.pop_request()
    export.refresh_from_db()
    assert (export.state, export.failure) == ("failed", "not-in-log-yet")
    assert not LogExportPart.objects.exists()


def test_a_kind_of_file_is_asked_by_its_name() -> None:
    with pytest.raises(Invalid):
        ask_export(viewer=AS_HANNA, filters=EntryFilters(), format="", language="nl")
