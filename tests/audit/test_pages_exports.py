"""The pages of files: what was searched for becomes a file, for who asked for it, and nothing is done by looking."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import tasks
from audit.export import formats
from audit.models import LogExport, LoggedEntry
from audit.people import ANONYMOUS, Viewer
from audit.services.export import fail_export, make_export
from tests.audit.conftest import LookAs
from tests.audit.log import POLICE, append
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA
from tests.audit.test_export import ANOTHER

EXPORTS = "/oversight/exports/"
NEW = f"{EXPORTS}new/"


@pytest.fixture
def kicked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The exports that the queue was told of."""
    told: list[str] = []
    monkeypatch.setattr(tasks.make_log_export, "delay", told.append)
    return told


@pytest.fixture
def as_hanna(db: None, look_as: LookAs, kicked: list[str]) -> None:
    look_as(AS_HANNA)


def asked(client: Client, kind: str = "jsonl", query: str = "") -> str:
    """Ask for a file as the page does; return its address."""
    answer = client.post(EXPORTS, {"format": kind, "query": query})
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def test_only_auditors_come_here(client: Client, db: None, look_as: LookAs, kicked: list[str]) -> None:
    append(1)
    before = LoggedEntry.objects.count()
    look_as(ANONYMOUS)
    assert client.get(EXPORTS)["Location"].startswith("/sign-in/")
    for viewer in (AS_ANNA, AS_DAAN):
        look_as(viewer)
        assert client.get(EXPORTS).status_code == client.get(NEW).status_code == 403
        assert client.post(EXPORTS, {"format": "csv", "query": ""}).status_code == 403
    assert (LogExport.objects.count(), LoggedEntry.objects.count(), kicked) == (0, before, [])


@pytest.mark.parametrize("path", ["cancel/", "file/"])
def test_looking_changes_nothing(client: Client, as_hanna: None, path: str) -> None:
    append(1)
    address = asked(client)
    before = LoggedEntry.objects.count()
    assert client.get(f"{address}{path}").status_code == 405
    assert client.get(address).status_code == client.get(EXPORTS).status_code == client.get(NEW).status_code == 200
    assert LoggedEntry.objects.count() == before
    assert LogExport.objects.get().state == "waiting"


def test_what_was_searched_for_becomes_the_file(client: Client, as_hanna: None, kicked: list[str]) -> None:
    append(2, case="case-1")
    append(1, case="case-2")
    append(1, case="case-1", organisation=POLICE)
    query = "case=case-1&outcome=allowed"
    page = client.get(f"{NEW}?{query}", headers={"accept-language": "en"}).content.decode()
    assert "2 entries." in page
    assert re.search(r"<dt>Outcome</dt><dd>Allowed</dd>", page)
    hidden = re.search(r'name="query" value="([^"]*)"', page)
    assert hidden is not None
    assert hidden[1].replace("&amp;", "&") == query
    address = asked(client, query=query)
    export = LogExport.objects.get()
    assert address == f"{EXPORTS}{export.pk}/"
    assert kicked == [str(export.pk)]
    making = client.get(address)
    assert making["Refresh"] == "3"
    assert "Refresh" not in client.get(f"{address}?quietly")
    make_export(export_id=export.pk)
    ready = client.get(address, headers={"accept-language": "en"})
    assert "Refresh" not in ready
    assert "Your file is ready" in ready.content.decode()
    answer = client.post(f"{address}file/")
    content = b"".join(answer)
    assert [json.loads(line)["entry"]["case"] for line in content.splitlines()] == ["case-1", "case-1"]
    assert answer["Content-Length"] == str(len(content))
    assert answer["Content-Type"] == "application/jsonl"
    assert answer["Cache-Control"] == "no-store"
    assert re.fullmatch(r'attachment; filename="deelwijs-log-[0-9-]+\.jsonl"', answer["Content-Disposition"])


def test_nobody_else_sees_it(client: Client, as_hanna: None, look_as: LookAs) -> None:
    append(1)
    address = asked(client)
    make_export(export_id=LogExport.objects.get().pk)
    look_as(ANOTHER)
    assert client.get(address).status_code == client.post(f"{address}file/").status_code == 404
    assert client.post(f"{address}cancel/").status_code == 404
    assert address not in client.get(EXPORTS).content.decode()


def test_mistakes_are_said_and_nothing_is_written(
    client: Client, as_hanna: None, kicked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    append(3)
    before = LoggedEntry.objects.count()
    small = formats.FORMATS["bundle"]
    monkeypatch.setitem(
        formats.FORMATS,
        "bundle",
        formats.Format(media_type=small.media_type, suffix=small.suffix, begin=small.begin, most=2),
    )
    for form, status, sentence in [
        ({"query": ""}, 400, "Choose one of the kinds of file."),
        ({"query": "", "format": "xlsx"}, 400, "Choose one of the kinds of file."),
        ({"query": "", "format": "bundle"}, 413, "at most 2 entries"),
        ({"query": "case=nothing", "format": "csv"}, 400, "Nothing was found"),
    ]:
        answer = client.post(EXPORTS, form, headers={"accept-language": "en"})
        assert (answer.status_code, sentence in answer.content.decode()) == (status, True), form
    # What is no search goes back to where one searches.
    assert client.post(EXPORTS, {"query": "consent=x", "format": "csv"})["Location"] == "/oversight/?consent=x"
    assert client.get(f"{NEW}?consent=x")["Location"] == "/oversight/?consent=x"
    assert (LogExport.objects.count(), LoggedEntry.objects.count(), kicked) == (0, before, [])
    asked(client)
    assert client.post(EXPORTS, {"query": "", "format": "csv"}).status_code == 409


def test_a_file_can_be_cancelled_and_one_that_failed_says_why(client: Client, as_hanna: None) -> None:
    append(1)
    address = asked(client)
    assert client.post(f"{address}cancel/")["Location"] == address
    assert "You cancelled this file" in client.get(address, headers={"accept-language": "en"}).content.decode()
    assert client.post(f"{address}file/")["Location"] == address
    second = asked(client)
    fail_export(export_id=LogExport.objects.get(state="waiting").pk, failure="too-long")
    assert "There was too much for one file" in client.get(second, headers={"accept-language": "en"}).content.decode()


def test_the_list_costs_the_same_for_one_as_for_many(client: Client, as_hanna: None) -> None:
    append(1)
    counts = []
    for _round in range(3):
        address = asked(client)
        client.post(f"{address}cancel/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(EXPORTS)
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_the_search_leads_here(client: Client, as_hanna: None) -> None:
    append(1, case="case-1")
    assert f"{NEW}?case=case-1" in client.get("/oversight/?case=case-1").content.decode()


def test_a_viewer_without_an_account_has_no_files(client: Client, db: None, look_as: LookAs) -> None:
    look_as(Viewer(kind="auditor", organisations=None))
    append(1)
    assert client.get(EXPORTS).status_code == 200
    assert client.post(EXPORTS, {"query": "", "format": "csv"}).status_code == 400
