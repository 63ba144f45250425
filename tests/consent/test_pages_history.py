"""The history of a citizen: narrowed, folded, with the proof of each line and of all."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Record
from consent.models import Act
from consent.pages.timeline import TimelineEvent
from sharing.services.release import release
from tests.cast import Cast
from tests.consent.contesting import looked_at
from tests.consent.test_mandate_scope import acting, representative
from tests.consent.test_pages_register import publish
from tests.pages import nothing_written, signed_in, text_of

HISTORY = "/my/history/"
UNKNOWN = "01933b6e-0000-7000-8000-000000000000"


@pytest.fixture
def anna(cast: Cast) -> Client:
    browser = signed_in(cast.anna.account)
    browser.cookies["language"] = "en"
    return browser


def lines(browser: Client, query: str = "") -> list[str]:
    """Return the ids of the lines that the page shows."""
    answer = browser.get(f"{HISTORY}{query}")
    assert answer.status_code == 200, answer.content
    return re.findall(r' id="line-([0-9a-f-]{36})"', answer.content.decode())


# --- Folding ------------------------------------------------------------------------------------------------------


def test_the_same_access_on_one_day_is_one_line_that_opens_to_each(cast: Cast, anna: Client) -> None:
    looked_at(cast, times=3)
    page = text_of(anna.get(HISTORY))
    assert "An organisation read data 3 times Allowed Gemeente Voorbeeldstad" in page
    assert "See each of the 3" in page
    ids = {str(pk) for pk in Record.objects.filter(action="sharing.released").values_list("pk", flat=True)}
    assert ids <= set(lines(anna)), "each of them can be found"


def test_what_differs_is_not_folded(cast: Cast, anna: Client) -> None:
    cast.grant(uses=2)
    asked = cast.ask()
    for number in range(4):
        release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=f"{number}")
    page = text_of(anna.get(HISTORY))
    assert "An organisation read data 2 times Allowed" in page
    assert "An organisation wanted to read data 2 times Refused" in page


def test_another_day_is_another_line(cast: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at(cast, times=2)
    real = vars(TimelineEvent)["day"].fget
    first = Record.objects.filter(action="sharing.released").earliest("at").pk
    assert real
    other = property(lambda event: real(event) - timedelta(days=1) if event.id == first else real(event))
    monkeypatch.setattr(TimelineEvent, "day", other)
    assert "2 times" not in text_of(anna.get(HISTORY))


def test_a_fold_says_that_it_may_go_on(cast: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at(cast, times=5)
    monkeypatch.setattr("consent.pages.my.lines.HISTORY", 3)
    page = anna.get(HISTORY)
    assert "3 times on this page" in text_of(page)
    older = re.search(r'href="\?(before=[^"]+)"', page.content.decode())
    assert older
    # On the page with which the history ends it goes on no further.
    monkeypatch.setattr("consent.pages.my.lines.HISTORY", 50)
    assert "2 times Allowed" in text_of(anna.get(f"{HISTORY}?{older[1]}"))


# --- Narrowing ----------------------------------------------------------------------------------------------------


def test_each_filter_narrows_to_what_it_says(cast: Cast, anna: Client) -> None:
    record = looked_at(cast)
    everything = set(lines(anna))
    mine = Record.objects.filter(subject=cast.anna.log_subject)
    assert everything == {str(one.pk) for one in mine}
    # The cast may have come on stage before midnight.
    today, yesterday = timezone.localdate(), timezone.localdate() - timedelta(days=1)
    expected = {
        f"organisation={cast.municipality.oin}": mine.filter(organisation=cast.municipality.oin),
        f"organisation={cast.police.oin}": mine.none(),
        "purpose=energy-allowance": mine.filter(purpose="energy-allowance"),
        "kind=looked": mine.filter(pk=record.pk),
        "kind=asked": mine.filter(action__in=["sharing.requested", "consent.requested"]),
        "kind=chosen": mine.filter(action="consent.granted"),
        "kind=data": mine.filter(action="sharing.vault-changed"),
        "kind=contested": mine.none(),
        "kind=other": mine.filter(action="consent.citizen-registered"),
        "outcome=refused": mine.filter(outcome="refused"),
        f"since={yesterday}": mine,
        f"until={yesterday - timedelta(days=1)}": mine.none(),
        f"since={yesterday}&until={today}&outcome=allowed": mine.filter(outcome="allowed"),
    }
    for query, found in expected.items():
        assert set(lines(anna, f"?{query}")) == {str(one.pk) for one in found}, query
    # None of them passes because there is nothing to find.
    assert all(expected[f"kind={kind}"].exists() for kind in ("looked", "asked", "chosen", "data", "other"))


@pytest.mark.parametrize(
    "query",
    [
        "since=x",
        "until=99999-01-01",
        "since=0001-01-01",
        "until=9999-12-31",
        "organisation=1",
        "kind=x",
        "outcome=maybe",
        "purpose=nothing",
        "since=2026-02-02&until=2026-02-01",
    ],
)
def test_a_filter_that_makes_no_sense_is_said_and_finds_nothing(cast: Cast, anna: Client, query: str) -> None:
    looked_at(cast)
    with nothing_written():
        assert lines(anna, f"?{query}") == []
        assert "Nothing was searched" in text_of(anna.get(f"{HISTORY}?{query}"))


def test_the_next_page_keeps_what_was_chosen(cast: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at(cast, times=3)
    monkeypatch.setattr("consent.pages.my.lines.HISTORY", 2)
    page = anna.get(f"{HISTORY}?kind=looked").content.decode()
    older = re.search(r'href="(\?kind=looked&amp;before=[^"]+)"', page)
    assert older
    assert len(lines(anna, older[1].replace("&amp;", "&"))) == 1


def test_under_a_mandate_for_one_purpose_no_other_is_seen_or_offered(cast: Cast) -> None:
    record = looked_at(cast)
    publish(cast, "street-works")
    bram = acting(cast, representative(cast, purposes=["street-works"]))
    assert lines(bram) == []
    assert "Energy allowance" not in text_of(bram.get(HISTORY))
    for path in (f"{HISTORY}{record.pk}/", f"{HISTORY}{record.pk}/proof.txt", f"/my/check/{record.pk}/"):
        assert bram.get(path).status_code == 404
    bram = acting(cast, representative(cast, acts=[Act.ANSWER]))
    assert str(record.pk) in lines(bram)


# --- One line -----------------------------------------------------------------------------------------------------


def test_a_line_that_waits_has_no_proof_yet(cast: Cast, anna: Client) -> None:
    record = looked_at(cast)
    assert "waits for its place in the log" in text_of(anna.get(f"{HISTORY}{record.pk}/"))
    assert anna.get(f"{HISTORY}{record.pk}/proof.txt").status_code == 409
    assert anna.get(f"/my/check/{record.pk}/proofs.json").status_code == 409
    assert "There is nothing to check yet" in text_of(anna.get(f"/my/check/{record.pk}/"))


@pytest.mark.parametrize(
    "path", [HISTORY, f"{HISTORY}{UNKNOWN}/", f"{HISTORY}proofs.zip", "/my/check/", "/my/check/proofs.json"]
)
def test_only_a_citizen_looks_and_nothing_takes_a_post(cast: Cast, client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    for member in (cast.daan, cast.gijs, cast.hanna):
        assert signed_in(member.account).get(path).status_code == 403
    assert signed_in(cast.anna.account).post(path).status_code == 405
