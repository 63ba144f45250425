"""Auditors read the log of the organisations that they oversee, and their looks are entries themselves."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from audit.models import LoggedEntry, Record
from audit.pages import oversight
from audit.pages.sections import SECTIONS
from audit.people import ANONYMOUS, Viewer
from audit.services.append import append_entry
from tests.audit.conftest import LookAs
from tests.audit.log import MUNICIPALITY, POLICE, an_entry, append, grow
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA, AS_POLICE_SYSTEM

OVERSIGHT = "/oversight/"
UNKNOWN = "01933b6e-0000-7000-8000-000000000000"


@pytest.fixture
def as_hanna(db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)


def cases(client: Client, query: str = "") -> list[str]:
    """Return the cases of the entries that the list shows, as these tests number them."""
    answer = client.get(f"{OVERSIGHT}{query}")
    assert answer.status_code == 200, answer.content
    return re.findall(r">(case-[0-9]+)<", answer.content.decode())


def test_who_is_not_signed_in_does_that_first(client: Client, db: None, look_as: LookAs) -> None:
    look_as(ANONYMOUS)
    for path in (OVERSIGHT, f"{OVERSIGHT}entries/{UNKNOWN}/"):
        assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    assert not LoggedEntry.objects.exists()


@pytest.mark.parametrize("viewer", [AS_ANNA, AS_DAAN, AS_POLICE_SYSTEM])
def test_only_auditors_may_look(client: Client, db: None, look_as: LookAs, viewer: Viewer) -> None:
    (logged,) = append()
    look_as(viewer)
    assert client.get(OVERSIGHT).status_code == 403
    assert client.get(f"{OVERSIGHT}entries/{logged.id}/").status_code == 403
    assert client.post(f"{OVERSIGHT}verification/").status_code == 403


def test_the_list_is_that_of_the_organisations_that_one_oversees(client: Client, as_hanna: None) -> None:
    append(case="case-1")
    append(case="case-2", organisation=POLICE)
    assert cases(client) == ["case-1"]


def test_every_look_is_an_entry_with_what_was_searched(client: Client, as_hanna: None) -> None:
    append(3)
    client.get(f"{OVERSIGHT}?outcome=allowed&purpose=energy-allowance")
    look = Record.objects.newest_first().first()
    assert look is not None
    assert (look.action, look.organisation) == ("audit.log-read", MUNICIPALITY)
    assert look.entry.details == {
        "shown": 3,
        "filters": {"period": "30", "outcome": "allowed", "purpose": "energy-allowance"},
    }


def test_looking_at_one_entry_shows_in_the_timeline_of_its_citizen(client: Client, as_hanna: None) -> None:
    (logged,) = append()
    assert client.get(f"{OVERSIGHT}entries/{logged.id}/").status_code == 200
    look = Record.objects.newest_first().first()
    assert look is not None
    assert (look.entry.related, look.subject) == (logged.id, an_entry().subject)


def test_the_list_is_narrowed(client: Client, as_hanna: None) -> None:
    consent = uuid4()
    append(case="case-1", consent=consent)
    append(case="case-2", outcome="refused", reason="uses")
    append(case="case-3", purpose="street-works")
    append(case="case-4", at=timezone.now() - timedelta(days=10))
    today = timezone.localdate()
    for query, expected in [
        (f"?consent={consent}", ["case-1"]),
        ("?outcome=refused", ["case-2"]),
        ("?purpose=street-works", ["case-3"]),
        (f"?until={today - timedelta(days=5)}", ["case-4"]),
        (f"?since={today}&outcome=allowed", ["case-3", "case-1"]),
        (f"?since={today - timedelta(days=10)}&until={today - timedelta(days=10)}", ["case-4"]),
        ("?action=audit.log-read", []),
        (f"?organisation={MUNICIPALITY}&outcome=refused", ["case-2"]),
        ("?case=case-2", ["case-2"]),
    ]:
        assert cases(client, query) == expected, query


@pytest.mark.parametrize(
    "query",
    [
        "consent=x",
        "since=soon",
        "action=nothing",
        "outcome=maybe",
        f"organisation={POLICE}",
        "purpose=a%20b",
        f"case={101 * 'x'}",
    ],
)
def test_a_search_that_makes_no_sense_finds_nothing_and_says_why(client: Client, as_hanna: None, query: str) -> None:
    append(case="case-1")
    assert cases(client, f"?{query}") == []
    assert "dw-field--invalid" in client.get(f"{OVERSIGHT}?{query}").content.decode()


def test_a_mistake_in_the_search_says_what_is_wrong_and_that_nothing_was_searched(
    client: Client, as_hanna: None
) -> None:
    append(case="case-1")
    today = timezone.localdate()
    for query, mistake in [
        ("consent=x", "Dit is geen nummer van een toestemming."),
        (f"since={today}&until={today - timedelta(days=1)}", "Dit ligt vóór wat u invulde bij ‘Vanaf’."),
    ]:
        page = client.get(f"{OVERSIGHT}?{query}").content.decode()
        assert mistake in page
        assert "Er is niet gezocht: kijk naar de melding hierboven." in page
        assert "Er is niets gevonden" not in page
    assert "Er is niets gevonden" in client.get(f"{OVERSIGHT}?case=case-2").content.decode()


def test_a_refused_reading_is_not_said_to_have_taken_place(client: Client, as_hanna: None) -> None:
    append(action="sharing.released", outcome="refused", reason="uses")
    page = _rows(client)
    assert "Een organisatie wilde gegevens bekijken" in page
    assert "heeft gegevens bekeken" not in page


def test_auditors_read_of_a_resident_and_are_not_spoken_to_as_one(client: Client, as_hanna: None) -> None:
    for action in ("requested", "granted", "refused", "withdrawn"):
        append(action=f"consent.{action}")
    page = _rows(client)
    for title in ("Inwoner is gevraagd", "Inwoner zei ja", "Inwoner zei nee", "Inwoner stopte met delen"):
        assert title in page
    whole = client.get(OVERSIGHT).content.decode()
    assert "U zei" not in whole
    assert "U bent" not in whole


def test_codes_are_said_in_words_and_stand_on_the_page_of_the_entry_only(client: Client, as_hanna: None) -> None:
    version = uuid4()
    (logged,) = append(
        outcome="refused",
        reason="uses",
        purpose_version=version,
        verdicts=({"code": "uses", "holds": False, "params": {}},),
        at=datetime(2026, 11, 5, 13, 4, 9, tzinfo=UTC),
    )
    append(outcome="refused", reason="entry-not-found")
    rows = _rows(client)
    for words in ("case worker", "uses in nl", "Dit bestaat niet, of is niet voor wie het vroeg.", "14:04:09"):
        assert words in rows, words
    assert "(requester)" not in rows
    assert "entry-not-found" not in rows
    page = client.get(f"{OVERSIGHT}entries/{logged.id}/").content.decode()
    for words in ("case worker", "requester", "uses in nl", ">uses<", "Income", "income#/amount", "14:04:09"):
        assert words in page, words


def test_the_list_goes_on_page_after_page(client: Client, as_hanna: None) -> None:
    for number in range(oversight.PAGE + 3):
        append(case=f"case-{number}", outcome="refused")
    first = client.get(f"{OVERSIGHT}?outcome=refused").content.decode()
    older = re.findall(r'href="(\?outcome=refused&amp;before=[^"]+)"', first)[0].replace("&amp;", "&")
    seen = cases(client, "?outcome=refused") + cases(client, older)
    assert seen == [f"case-{number}" for number in range(oversight.PAGE + 2, -1, -1)]


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31"])
def test_a_day_outside_the_calendar_is_a_mistake_in_the_form(
    client: Client, either_db: None, look_as: LookAs, query: str
) -> None:
    look_as(AS_HANNA)
    append(case="case-1")
    assert cases(client, f"?{query}") == []
    assert "dw-field--invalid" in client.get(f"{OVERSIGHT}?{query}").content.decode()


@pytest.mark.parametrize("query", ["since=0001-01-02", "until=9999-12-30", "until=0001-01-02", "since=9999-12-30"])
def test_every_other_day_can_be_searched(client: Client, either_db: None, look_as: LookAs, query: str) -> None:
    look_as(AS_HANNA)
    append(case="case-1")
    found = query in ("since=0001-01-02", "until=9999-12-30")
    assert cases(client, f"?{query}") == (["case-1"] if found else [])


@pytest.mark.parametrize(
    "place", ["x", "2026-01-01", "0001-01-01T00:00:00%2B01:00", "9999-12-31T23:59:59.999999-01:00"]
)
def test_a_place_that_is_none_is_refused(client: Client, either_db: None, look_as: LookAs, place: str) -> None:
    look_as(AS_HANNA)
    for entry_id in ("", f"_{UNKNOWN}"):
        assert client.get(f"{OVERSIGHT}?before={place}{entry_id}").status_code == 400


def test_more_entries_take_no_more_queries(client: Client, as_hanna: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(OVERSIGHT)
        return len(captured)

    append(2)
    few = queries()
    append(oversight.PAGE)
    assert queries() == few


def test_another_organisations_entry_and_none_are_the_same(client: Client, as_hanna: None) -> None:
    (foreign,) = append(organisation=POLICE)
    for method in ("get", "post"):
        answers = [getattr(client, method)(f"{OVERSIGHT}entries/{one}/") for one in (foreign.id, uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert _plain(answers[0]) == _plain(answers[1])


@pytest.mark.parametrize("path", [OVERSIGHT, f"{OVERSIGHT}verification/", f"{OVERSIGHT}entries/{UNKNOWN}/"])
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, as_hanna: None, path: str, method: str) -> None:
    assert getattr(client, method)(path).status_code == 405


def test_verification_is_asked_by_a_form_of_our_own(db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)
    assert Client().get(f"{OVERSIGHT}verification/").status_code == 200, "which verifies nothing"
    assert not LoggedEntry.objects.exists()
    assert Client(enforce_csrf_checks=True).post(f"{OVERSIGHT}verification/").status_code == 403


def test_an_entry_that_waits_has_no_proof_yet(client: Client, as_hanna: None) -> None:
    (logged,) = append()
    assert "wacht op een plek in het logboek" in client.get(f"{OVERSIGHT}entries/{logged.id}/").content.decode()


# --- With a log that has been sequenced ---------------------------------------------------------------------------


@pytest.fixture
def entry_id(committed_db: object, look_as: LookAs) -> UUID:
    grow(4)
    (logged,) = grow(1, case="case-1")
    look_as(AS_HANNA)
    return logged.id


def test_an_entry_shows_its_text_and_its_proof_holds(client: Client, entry_id: UUID) -> None:
    page = client.get(f"{OVERSIGHT}entries/{entry_id}/").content.decode()
    assert bytes(Record.objects.get(entry_id=entry_id).salt).hex() in page
    assert "op plek 4 in een logboek van 5" in page
    checked = client.post(f"{OVERSIGHT}entries/{entry_id}/").content.decode()
    assert checked.count('class="dw-icon dw-holds"') == 3
    assert "dw-refuses" not in checked
    look = Record.objects.newest_first().first()
    assert look is not None
    assert (look.action, look.entry.details) == ("audit.verified", {"holds": True})


def test_an_entry_says_how_to_check_it_without_this_service(client: Client, entry_id: UUID) -> None:
    page = client.get(f"{OVERSIGHT}entries/{entry_id}/").content.decode()
    address = re.findall(rf'href="([^"]+)" download="proof-{entry_id}.json"', page)[0]
    assert client.get(address, headers={"Accept": "application/json"}).status_code == 200
    key_address = re.findall(r"curl -s http://testserver([^)]+)\)", page)[0]
    assert client.get(key_address).status_code == 200


def test_a_record_that_was_changed_is_found(client: Client, entry_id: UUID, owner_connection: Any) -> None:
    _change(owner_connection, entry_id)
    page = client.post(f"{OVERSIGHT}entries/{entry_id}/").content.decode()
    assert "hij is veranderd" in page
    assert "staat niet onder die handtekening" in page


def test_the_whole_log_is_recomputed(client: Client, entry_id: UUID) -> None:
    page = client.post(f"{OVERSIGHT}verification/").content.decode()
    assert "Alles is zoals het geschreven is" in page
    assert re.search(r"<dt>Regels nagerekend</dt><dd>5</dd>", page)


def test_the_first_changed_row_is_named(client: Client, entry_id: UUID, owner_connection: Any) -> None:
    _change(owner_connection, entry_id)
    page = client.post(f"{OVERSIGHT}verification/").content.decode()
    assert "Er is iets veranderd buiten deze dienst om" in page
    assert str(entry_id) in page


def test_the_state_of_the_log_is_shown(client: Client, entry_id: UUID) -> None:
    append_entry(an_entry())
    page = client.get(OVERSIGHT).content.decode()
    assert page.count("Ja, op tijd") == 1
    assert "Dit zegt niet dat alles klopt." in page
    assert re.search(r"<dt>Regels in het logboek</dt><dd class=\"dw-figure\">5</dd>", page)


def _change(owner: Any, entry_id: UUID) -> None:
    """Change what a record says, as only the owner of the tables can."""
    with owner.transaction():
        owner.execute("ALTER TABLE audit_record DISABLE TRIGGER USER")
        owner.execute(
            "UPDATE audit_record SET canonical ="
            " convert_to(replace(convert_from(canonical, 'UTF8'), 'case-1', 'case-2'), 'UTF8') WHERE entry_id = %s",
            [entry_id],
        )
        owner.execute("ALTER TABLE audit_record ENABLE TRIGGER USER")


def _rows(client: Client) -> str:
    """Return the list itself: the search form names every action too."""
    return client.get(OVERSIGHT).content.decode().partition("<tbody")[2]


def _plain(answer: Any) -> str:
    return re.sub(r"[0-9a-f-]{36}", "", re.sub(r'value="[^"]*"', "", answer.content.decode()))


def test_what_happened_to_the_service_itself_is_for_every_auditor(client: Client, as_hanna: None) -> None:
    details = {"epoch": 1, "keyName": "epoch-1", "keysThatNeedIt": 0}
    about_nobody: dict[str, Any] = {"organisation": "", "subject": "", "role": ""}
    (logged,) = append(action="consent.epoch-destroyed", details=details, **about_nobody)
    # An entry without an organisation that is about something else stays with who may see everything.
    (other,) = append(action="consent.signed-in", **about_nobody)
    page = client.get(OVERSIGHT).content.decode()
    assert "De hoofdsleutel van een eerdere periode is vernietigd" in page
    assert "0 sleutels hadden deze periode nog nodig" in page
    assert client.get(f"{OVERSIGHT}entries/{logged.id}/").status_code == 200
    assert client.get(f"{OVERSIGHT}entries/{other.id}/").status_code == 404
    assert str(other.id) not in page


@pytest.mark.parametrize("viewer", [AS_ANNA, AS_DAAN, AS_POLICE_SYSTEM])
def test_others_do_not_see_it_on_these_pages(client: Client, db: None, look_as: LookAs, viewer: Viewer) -> None:
    details = {"epoch": 2, "retired": 1}
    (logged,) = append(action="consent.epoch-started", details=details, organisation="", subject="", role="")
    look_as(viewer)
    assert client.get(f"{OVERSIGHT}entries/{logged.id}/").status_code == 403


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_two_parts_of_the_menu_have_one_name(language: str) -> None:
    with translation.override(language):
        titles = [str(section.title) for section in SECTIONS]
    assert sorted(set(titles)) == sorted(titles)
