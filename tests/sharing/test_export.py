"""Everything about me as one file: complete, sealed, made once, thrown away in time."""

import io
import json
import threading
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Record
from consent.errors import KeyServiceUnavailable
from consent.models import Citizen
from consent.services.change import pause_consent
from sharing.errors import ExportNotFound, ExportNotReady
from sharing.models import Export
from sharing.services import export as service
from sharing.services.export import (
    ask_export,
    find_export,
    make_export,
    newest_export,
    open_export,
    remove_exports,
    waiting_exports,
)
from sharing.services.release import release
from tests.cast import ANNA_BSN, ANNA_INCOME, INCOME, SIZE, Cast


def made(citizen: Citizen, *languages: str) -> Export:
    """Ask for an export and make it, as the queue would."""
    export, _new = ask_export(citizen=citizen, languages=languages or ("en",))
    make_export(export_id=export.pk)
    return find_export(citizen=citizen, export_id=export.pk)


def files(citizen: Citizen, export: Export) -> dict[str, str]:
    """Open an export and return {name: text} of what is in it."""
    with zipfile.ZipFile(io.BytesIO(open_export(citizen=citizen, export_id=export.pk))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """Anna granted, was read once, and paused."""
    consent = cast.grant(uses=5)
    release(actor=cast.daan.as_actor(), request_id=cast.ask().pk, idempotency_key="export-1")
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    return cast


def test_everything_is_in_it(lived: Cast) -> None:
    found = files(lived.anna, made(lived.anna, "nl", "en"))
    assert {"README.txt", "everything.nl.html", "everything.en.html"} <= set(found)
    read: dict[str, Any] = {name: json.loads(text) for name, text in found.items() if name.endswith(".json")}
    assert read["person.json"]["bsn"] == ANNA_BSN
    assert {record["dataset"]: record["content"] for record in read["vault.json"]} == {
        "household": {"size": 3},
        "income": {"amount": ANNA_INCOME, "year": 2025},
    }
    (consent,) = read["consents.json"]
    assert consent["state"] == "paused"
    assert consent["terms"]["fields"] == sorted([SIZE, INCOME])
    assert consent["notice"]["title"] == "Energietoeslag"
    assert [change["event"] for change in consent["changes"]] == ["grant", "pause"]
    # Each change has its signed receipt beside it.
    assert {change["receipt"] for change in consent["changes"]} == {
        name for name in found if name.startswith("receipts/")
    }
    assert all(found[change["receipt"]].count(".") == 2 for change in consent["changes"])
    (request,) = read["requests.json"]
    assert len(request["releases"]) == 1
    assert read["mandates.json"] == []
    logged = Record.objects.about(lived.anna.log_subject).values_list("entry_id", flat=True)
    # All but the two lines that the making and the opening themselves added.
    assert {line["id"] for line in read["timeline.json"]} >= {str(entry) for entry in list(logged.order_by("at"))[:-2]}
    assert all(json.loads(line["canonical"])["subject"] == lived.anna.log_subject for line in read["timeline.json"])


def test_the_page_for_people_says_it_in_the_language_and_needs_nothing_else(lived: Cast) -> None:
    page = files(lived.anna, made(lived.anna, "en"))["everything.en.html"]
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1
    assert "Energy allowance" in page
    assert str(ANNA_INCOME) in page
    assert not any(word in page for word in ("<script", "<link", "src=", "http:", "https:"))
    # No member of staff is named (CJEU C-579/21).
    assert "Daan" not in page


def test_nobody_elses_is_in_it(lived: Cast) -> None:
    lived.grant(citizen=lived.bram)
    found = files(lived.bram, made(lived.bram, "en"))
    assert str(ANNA_INCOME) not in "".join(found.values())
    assert lived.anna.log_subject not in "".join(found.values())
    assert ANNA_BSN not in "".join(found.values())


def test_it_is_sealed_to_the_vault_key_of_the_citizen(lived: Cast) -> None:
    export = made(lived.anna)
    sealed = bytes(Export.objects.get(pk=export.pk).sealed or b"")
    assert sealed
    assert not sealed.startswith(b"PK")
    with pytest.raises(ExportNotFound):
        open_export(citizen=lived.bram, export_id=export.pk)


def test_asking_twice_makes_one_and_asking_and_opening_are_logged(lived: Cast) -> None:
    first, new = ask_export(citizen=lived.anna, languages=["en"])
    second, again = ask_export(citizen=lived.anna, languages=["nl"])
    assert (first.pk, new, again) == (second.pk, True, False)
    with pytest.raises(ExportNotReady):
        open_export(citizen=lived.anna, export_id=first.pk)
    make_export(export_id=first.pk)
    make_export(export_id=first.pk)
    open_export(citizen=lived.anna, export_id=first.pk)
    said = Record.objects.about(lived.anna.log_subject).filter(action__startswith="sharing.export").order_by("at")
    assert list(said.values_list("action", flat=True)) == [
        "sharing.export-asked",
        "sharing.export-made",
        "sharing.export-downloaded",
    ]


def test_progress_is_told_and_a_worker_that_stopped_is_gone_on_for(
    lived: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, _new = ask_export(citizen=lived.anna, languages=["en"])
    with monkeypatch.context() as patch:
        patch.setattr("sharing.export.parts.mandates", _stop)
        with pytest.raises(KeyServiceUnavailable):
            make_export(export_id=export.pk)
    export.refresh_from_db()
    assert export.state == Export.State.WORKING
    assert 0 < export.done < export.total
    assert waiting_exports() == []
    Export.objects.update(asked_at=timezone.now() - service.RETRY_AFTER)
    assert waiting_exports() == [export.pk]
    make_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.state, export.done) == (Export.State.READY, export.total)
    assert waiting_exports() == []


def test_it_is_thrown_away_after_a_week_and_the_older_one_when_there_is_a_newer(lived: Cast) -> None:
    older, newer = made(lived.anna), made(lived.anna)
    with pytest.raises(ExportNotFound):
        find_export(citizen=lived.anna, export_id=older.pk)
    assert remove_exports() == 0
    assert newer.ends_at - timezone.now() <= timedelta(days=7)
    Export.objects.filter(pk=newer.pk).update(ends_at=timezone.now())
    with pytest.raises(ExportNotFound):
        open_export(citizen=lived.anna, export_id=newer.pk)
    assert newest_export(lived.anna) is None
    assert remove_exports() == 1


def test_the_number_of_queries_does_not_grow_with_what_there_is(lived: Cast) -> None:
    made(lived.anna, "en")
    before = _queries(lived.anna)
    asked = lived.ask()
    for number in range(5):
        release(actor=lived.daan.as_actor(), request_id=asked.pk, idempotency_key=f"more-{number}")
        lived.ask(case=f"Z-{number}")
    assert _queries(lived.anna) == before


def test_two_that_ask_at_once_get_one_file(committed_cast: Cast) -> None:
    anna = committed_cast.anna
    asked: list[Any] = []

    def ask() -> None:
        asked.append(ask_export(citizen=anna, languages=["en"])[0].pk)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 4
    assert len(set(asked)) == Export.objects.count() == 1


def _queries(citizen: Citizen) -> int:
    export, _new = ask_export(citizen=citizen, languages=["en"])
    with CaptureQueriesContext(connection) as captured:
        make_export(export_id=export.pk)
    return len(captured)


def _stop(*_: Any) -> Any:
    raise KeyServiceUnavailable
