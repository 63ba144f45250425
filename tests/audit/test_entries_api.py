"""The API shows entries to whom they concern, and looking at another's is an entry itself."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.entry import Entry
from audit.models import Record
from audit.people import ANONYMOUS, Viewer
from audit.services.append import append_entry
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, an_entry
from tests.audit.people import AS_ANNA, AS_BRAM, AS_DAAN, AS_HANNA, AS_POLICE_SYSTEM, PeopleOfTests

ENTRIES = "/api/v1/entries"


@pytest.fixture
def refused(db: None, look_as: LookAs) -> Entry:
    """Anna's data was asked for once, and refused."""
    entry = an_entry(
        outcome="refused",
        reason="uses-spent",
        case="Z-1",
        purpose_version=uuid4(),
        verdicts=({"code": "uses", "holds": False, "params": {"limit": 2}},),
    )
    append_entry(entry)
    return entry


def results(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{ENTRIES}{query}")
    assert answer.status_code == 200, answer.content
    listed: list[dict[str, Any]] = answer.json()["results"]
    return listed


def test_a_citizen_reads_what_happened(client: Client, look_as: LookAs, refused: Entry) -> None:
    look_as(AS_ANNA)
    (shown,) = results(client)
    assert shown["id"] == str(refused.id)
    assert shown["actionTitle"] == "Something happened"
    assert (shown["outcome"], shown["reason"]) == ("refused", "uses-spent")
    assert (shown["organisation"], shown["organisationName"]) == (MUNICIPALITY, "Almere")
    assert shown["purposeTitle"].startswith("Title ")
    assert shown["fields"] == ["income#/amount"]
    assert shown["verdicts"][0]["code"] == "uses"
    assert shown["verdicts"][0]["sentence"].startswith("uses in ")
    assert shown["leafIndex"] is None


def test_the_name_of_staff_is_shown_to_nobody(client: Client, look_as: LookAs, refused: Entry) -> None:
    for viewer in (AS_ANNA, AS_HANNA):
        look_as(viewer)
        answer = client.get(f"{ENTRIES}/{refused.id}")
        assert b"sealed" not in answer.content
        assert "user" not in answer.json()


class TestOwnership:
    @pytest.mark.parametrize("viewer", [AS_BRAM, AS_POLICE_SYSTEM], ids=["another citizen", "another organisation"])
    def test_not_yours_and_not_there_are_the_same(
        self, client: Client, look_as: LookAs, refused: Entry, viewer: Viewer
    ) -> None:
        look_as(viewer)
        assert results(client) == []
        not_yours = client.get(f"{ENTRIES}/{refused.id}")
        not_there = client.get(f"{ENTRIES}/{uuid4()}")
        assert not_yours.status_code == not_there.status_code == 404
        for name in ("status", "code", "title", "detail"):
            assert not_yours.json()[name] == not_there.json()[name]

    @pytest.mark.parametrize("path", ["", "/{id}", "/{id}/proof"])
    def test_staff_are_refused(self, client: Client, look_as: LookAs, refused: Entry, path: str) -> None:
        look_as(AS_DAAN)
        assert client.get(ENTRIES + path.format(id=refused.id)).status_code in (401, 403)

    @pytest.mark.parametrize("path", ["", "/{id}", "/{id}/proof"])
    def test_strangers_are_asked_who_they_are(self, client: Client, look_as: LookAs, refused: Entry, path: str) -> None:
        look_as(ANONYMOUS)
        assert client.get(ENTRIES + path.format(id=refused.id)).status_code == 401

    def test_an_organisation_reads_its_own(self, client: Client, look_as: LookAs, refused: Entry) -> None:
        theirs = an_entry(organisation=POLICE)
        append_entry(theirs)
        look_as(AS_POLICE_SYSTEM)
        assert [shown["id"] for shown in results(client)] == [str(theirs.id)]


class TestLooking:
    def test_an_auditor_who_lists_is_logged(self, client: Client, look_as: LookAs, refused: Entry) -> None:
        look_as(AS_HANNA)
        assert len(results(client, "?outcome=refused")) == 1
        look = Record.objects.get(action="audit.log-read")
        assert (look.organisation, look.role, look.subject) == (MUNICIPALITY, "auditor", "")
        assert bytes(look.user_sealed) == AS_HANNA.user_sealed
        assert look.entry.details == {"shown": 1, "filters": {"outcome": "refused"}}

    def test_a_citizen_sees_who_looked_at_the_entry(self, client: Client, look_as: LookAs, refused: Entry) -> None:
        look_as(AS_HANNA)
        assert client.get(f"{ENTRIES}/{refused.id}").status_code == 200
        look_as(AS_ANNA)
        newest = results(client)[0]
        assert (newest["action"], newest["related"]) == ("audit.log-read", str(refused.id))

    def test_citizens_reading_their_own_leave_nothing(self, client: Client, look_as: LookAs, refused: Entry) -> None:
        look_as(AS_ANNA)
        results(client)
        client.get(f"{ENTRIES}/{refused.id}")
        assert Record.objects.count() == 1

    def test_what_cannot_be_logged_is_not_shown(
        self, client: Client, look_as: LookAs, refused: Entry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        append_entry(refused_again := an_entry(case="Z-2"))
        look_as(AS_HANNA)
        # The id of the look is one that is taken: the database refuses the entry.
        look = an_entry(id=refused_again.id)
        monkeypatch.setattr("audit.services.log_reading.entry_of", lambda *_who, **_said: look)
        answer = client.get(ENTRIES)
        assert answer.status_code == 503
        assert answer.json()["code"] == "log-not-writable"
        assert "results" not in answer.json()


class TestFilters:
    @pytest.fixture(autouse=True)
    def _entries(self, db: None, look_as: LookAs) -> None:
        self.consent = uuid4()
        append_entry(an_entry(at=datetime(2026, 1, 1, tzinfo=UTC), consent=self.consent))
        append_entry(an_entry(at=datetime(2026, 2, 1, tzinfo=UTC), outcome="refused"))
        append_entry(an_entry(at=datetime(2026, 3, 1, tzinfo=UTC), case="Z-9"))
        look_as(AS_ANNA)

    @pytest.mark.parametrize(
        ("query", "months"),
        [
            ("", [3, 2, 1]),
            ("?outcome=refused", [2]),
            ("?case=Z-9", [3]),
            ("?action=test.happened", [3, 2, 1]),
            ("?action=nothing.such", []),
            ("?since=2026-02-01T00:00:00Z", [3, 2]),
            ("?until=2026-02-01T00:00:00Z", [1]),
            (f"?organisation={POLICE}", []),
            (f"?organisation={MUNICIPALITY}&outcome=refused", [2]),
        ],
    )
    def test_they_narrow_the_list(self, client: Client, query: str, months: list[int]) -> None:
        assert [datetime.fromisoformat(shown["at"]).month for shown in results(client, query)] == months

    def test_by_consent(self, client: Client) -> None:
        assert len(results(client, f"?consent={self.consent}")) == 1

    def test_all_mistakes_are_told_at_once_and_nothing_is_written(self, client: Client, look_as: LookAs) -> None:
        look_as(AS_HANNA)
        answer = client.get(f"{ENTRIES}?outcome=perhaps&consent=1&since=yesterday&organisation=9")
        assert answer.status_code == 400
        wrong = {error["pointer"] for error in answer.json()["errors"]}
        assert wrong == {"/outcome", "/consent", "/since", "/organisation"}
        assert not Record.objects.filter(action="audit.log-read").exists()


EXTREMES = [
    "0001-01-01T00:00:00",
    "0001-01-01T00:00:00%2B14:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
]


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("moment", EXTREMES)
def test_a_moment_outside_the_calendar_is_a_mistake(
    client: Client, either_db: None, look_as: LookAs, name: str, moment: str
) -> None:
    look_as(AS_HANNA)
    answer = client.get(f"{ENTRIES}?{name}={moment}")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}"]
    assert not Record.objects.exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_every_other_moment_can_be_asked_for(client: Client, either_db: None, look_as: LookAs, moment: str) -> None:
    look_as(AS_ANNA)
    append_entry(an_entry())
    before, after = (len(results(client, f"?{name}={moment}")) for name in ("until", "since"))
    assert (before, after) == ((0, 1) if moment.startswith("0001") else (1, 0))


class TestPages:
    def test_pages_follow_each_other_without_gap_or_repeat(self, client: Client, db: None, look_as: LookAs) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        written = [append_entry(an_entry(at=at)).id for _ in range(7)]
        look_as(AS_ANNA)
        seen: list[str] = []
        address = f"{ENTRIES}?pageSize=3"
        while address:
            page = client.get(address).json()
            assert len(page["results"]) <= 3
            seen += [shown["id"] for shown in page["results"]]
            address = page["next"]
        assert seen == [str(one) for one in sorted(written, reverse=True)]

    def test_a_page_costs_the_same_with_more_entries(self, client: Client, db: None, look_as: LookAs) -> None:
        def cost() -> tuple[int, list[str]]:
            look_as(AS_ANNA)
            with CaptureQueriesContext(connection) as captured:
                results(client)
            return len(captured), PeopleOfTests.questions

        append_entry(an_entry(subject=ANNA, purpose_version=uuid4()))
        few = cost()
        for _ in range(20):
            append_entry(
                an_entry(subject=ANNA, purpose_version=uuid4(), verdicts=({"code": "a", "holds": True, "params": {}},))
            )
        assert cost() == few

    def test_no_page_is_longer_than_200(self, client: Client, db: None, look_as: LookAs) -> None:
        for _ in range(201):
            append_entry(an_entry(subject=BRAM))
        look_as(AS_BRAM)
        assert len(results(client, "?pageSize=1000")) == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/proof"])
def test_entries_can_only_be_read(client: Client, look_as: LookAs, refused: Entry, path: str, method: str) -> None:
    look_as(AS_HANNA)
    answer = getattr(client, method)(ENTRIES + path.format(id=refused.id))
    assert answer.status_code == 405
    assert Record.objects.filter(action="test.happened").count() == 1


def test_paths_have_no_trailing_slash(client: Client, db: None, look_as: LookAs) -> None:
    look_as(AS_ANNA)
    assert client.get(f"{ENTRIES}/").status_code == 404
