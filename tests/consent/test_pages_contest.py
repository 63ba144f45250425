"""Saying that a line looks wrong and answering that, on the pages of the citizen and of the privacy officer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Contest, LoggedEntry, Record
from audit.services.contests import MOST_CHARACTERS, answer_contest, take_contest
from consent.models import Act, Role
from consent.pages.my.lines import HISTORY as PAGE
from consent.services.contest import raise_contest
from consent.services.members import add_member
from tests.cast import Cast
from tests.consent.contesting import ANSWER, CLAIM, as_officer, contested, looked_at, read_more
from tests.consent.test_mandate_scope import acting, representative
from tests.pages import nothing_written, queries_of, signed_in, text_of

LIST = "/oversight/contests/"
HISTORY = "/my/history/"


@pytest.fixture
def line(cast: Cast) -> Record:
    return looked_at(cast)


@pytest.fixture
def anna(cast: Cast) -> Client:
    return english(cast.anna.account)


@pytest.fixture
def gijs(cast: Cast) -> Client:
    return english(cast.gijs.account)


def english(account: Any) -> Client:
    browser = signed_in(account)
    browser.cookies["language"] = "en"
    return browser


@contextmanager
def no_contest_written() -> Iterator[None]:
    before = list(Contest.objects.order_by("pk").values())
    yield
    assert list(Contest.objects.order_by("pk").values()) == before


# --- The citizen --------------------------------------------------------------------------------------------------


def test_from_the_line_to_the_answer_beside_it(cast: Cast, line: Record, anna: Client, gijs: Client) -> None:
    assert f"{HISTORY}{line.pk}/contest/" in anna.get("/my/").content.decode()
    with nothing_written():
        form = text_of(anna.get(f"{HISTORY}{line.pk}/contest/"))
    assert "The privacy officer of Gemeente Voorbeeldstad reads what you wrote" in form
    sent = anna.post(f"{HISTORY}{line.pk}/contest/", {"words": CLAIM}, follow=True)
    assert "We sent it" in text_of(sent)
    assert sent.redirect_chain == [(f"{HISTORY}{line.pk}/", 302)]
    contest = Contest.objects.get()

    assert "Nobody waits" not in text_of(gijs.get(LIST))
    page = text_of(gijs.get(f"{LIST}{contest.pk}/"))
    assert CLAIM in page
    assert "Gemeente Voorbeeldstad" in page
    assert "Answer the resident" not in page
    gijs.post(f"{LIST}{contest.pk}/", {"do": "take"})
    assert "Answer the resident" in text_of(gijs.get(f"{LIST}{contest.pk}/"))
    told = gijs.post(f"{LIST}{contest.pk}/", {"do": "extend", "reason": "Het archief is dicht."}, follow=True)
    assert "You have two months more" in text_of(told)
    assert "Het archief is dicht." in text_of(anna.get(HISTORY))
    answer = {"do": "answer", "outcome": "was-wrong", "words": ANSWER}
    assert gijs.post(f"{LIST}{contest.pk}/", answer)["Location"] == LIST

    for path in ("/my/", HISTORY, f"{HISTORY}{line.pk}/"):
        page = text_of(anna.get(path))
        assert "The line, or what was done, was wrong." in page, path
        assert ANSWER in page
        assert CLAIM in page
    # The steps stand in the history as well, and who took them does not.
    assert "What you contested was answered Gemeente Voorbeeldstad, werk-en-inkomen (privacy officer)" in page_of(anna)
    assert "Gijs" not in page_of(anna)
    assert "Nobody waits for an answer" in text_of(gijs.get(LIST))
    assert "was wrong" in text_of(gijs.get(f"{LIST}?show=closed"))
    assert ANSWER in text_of(gijs.get(f"{LIST}{contest.pk}/"))


def page_of(anna: Client) -> str:
    return text_of(anna.get(HISTORY))


@pytest.mark.parametrize(
    ("words", "fault"), [(" ", "Write what looks wrong"), ("x" * (MOST_CHARACTERS + 1), "This is too long")]
)
def test_words_that_cannot_be_sent_are_said_and_kept(anna: Client, line: Record, words: str, fault: str) -> None:
    with nothing_written(), no_contest_written():
        page = anna.post(f"{HISTORY}{line.pk}/contest/", {"words": words})
    assert page.status_code == 200
    assert text_of(page).count(fault) == 2, "in the summary and at the field"
    assert words.strip() in page.content.decode()


def test_a_line_end_counts_as_one_character(anna: Client, line: Record) -> None:
    words = "\r\n".join(["x"] * (MOST_CHARACTERS // 2))
    assert anna.post(f"{HISTORY}{line.pk}/contest/", {"words": words}).status_code == 302


def test_the_button_pressed_twice_is_one_contest(anna: Client, line: Record) -> None:
    for _time in range(2):
        assert anna.post(f"{HISTORY}{line.pk}/contest/", {"words": CLAIM}).status_code == 302
    assert Contest.objects.count() == 1
    assert f"{HISTORY}{line.pk}/contest/" not in anna.get(HISTORY).content.decode()


def test_it_is_taken_back_and_can_be_said_again(cast: Cast, anna: Client, line: Record) -> None:
    contest = contested(cast, line.pk)
    page = anna.post(f"/my/contests/{contest.pk}/take-back/", follow=True)
    assert "You took it back" in text_of(page)
    assert "Taken back" in text_of(page)
    assert f"{HISTORY}{line.pk}/contest/" in page.content.decode()
    assert anna.get(f"/my/contests/{contest.pk}/take-back/").status_code == 405


def test_an_answer_that_came_first_is_shown_in_place_of_taking_back(cast: Cast, anna: Client, line: Record) -> None:
    contest = contested(cast, line.pk)
    take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
    answer_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk, outcome="was-right", words=ANSWER)
    assert "It was answered already" in text_of(anna.post(f"/my/contests/{contest.pk}/take-back/", follow=True))


def test_a_late_answer_is_said_to_be_late(cast: Cast, anna: Client, gijs: Client, line: Record) -> None:
    contested(cast, line.pk)
    Contest.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    assert "The answer is late" in text_of(anna.get(HISTORY))
    assert "Autoriteit Persoonsgegevens" in text_of(anna.get(HISTORY))
    assert "Too late" in text_of(gijs.get(LIST))


def test_what_is_contested_stays_out_of_a_fold(cast: Cast, anna: Client) -> None:
    cast.grant()
    newest = read_more(cast, 3)
    assert "3 times" in page_of(anna)
    contested(cast, newest.pk)
    assert "2 times" in page_of(anna)


def test_who_acts_for_somebody_may_contest_and_reads_only_what_they_wrote(cast: Cast, line: Record) -> None:
    mandate = representative(cast, purposes=["energy-allowance"], acts=[Act.CHANGE])
    bram = acting(cast, mandate)
    own = contested(cast, line.pk)
    page = text_of(bram.get(HISTORY))
    assert "Waits for a privacy officer" in page
    assert CLAIM not in page
    with no_contest_written():
        assert bram.post(f"/my/contests/{own.pk}/take-back/").status_code == 404
    other = Record.objects.filter(action="sharing.requested").latest("at")
    assert bram.post(f"{HISTORY}{other.pk}/contest/", {"words": "Namens Anna."}).status_code == 302
    assert "Namens Anna." in text_of(bram.get(HISTORY))
    contest = Contest.objects.get(entry_id=other.pk)
    assert contest.acting_for == f"representative:{mandate.pk}"
    assert Record.objects.latest("entry_id").entry.acting_for == f"representative:{mandate.pk}"
    # The citizen in person reads all of it.
    assert "Namens Anna." in text_of(english(cast.anna.account).get(HISTORY))
    assert bram.post(f"/my/contests/{contest.pk}/take-back/").status_code == 302


def test_a_mandate_without_that_right_contests_nothing(cast: Cast, line: Record) -> None:
    bram = acting(cast, representative(cast, acts=[Act.ANSWER, Act.WITHDRAW]))
    assert "This looks wrong" not in text_of(bram.get(HISTORY))
    with no_contest_written():
        assert bram.post(f"{HISTORY}{line.pk}/contest/", {"words": "x"}).status_code == 403


def test_more_contests_take_no_more_queries(cast: Cast, anna: Client, gijs: Client, line: Record) -> None:
    own = Record.objects.filter(subject=cast.anna.log_subject, action="sharing.vault-changed").latest("at")
    for record in (line, own):
        contested(cast, record.pk)
    paths = [(anna, HISTORY), (anna, "/my/"), (gijs, LIST)]
    few = [queries_of(browser, path) for browser, path in paths]
    for record in Record.objects.filter(subject=cast.anna.log_subject).exclude(action__startswith="audit."):
        if record.pk not in (line.pk, own.pk):
            contested(cast, record.pk)
    assert Contest.objects.count() > 3
    assert [queries_of(browser, path) for browser, path in paths] == few
    assert Contest.objects.count() < PAGE


# --- Oversight ----------------------------------------------------------------------------------------------------


def test_every_look_is_an_entry_before_it_shows(cast: Cast, gijs: Client, line: Record) -> None:
    contest = contested(cast, line.pk)
    gijs.get(LIST)
    look = Record.objects.latest("entry_id").entry
    assert (look.action, look.subject, look.details["contests"]) == ("audit.log-read", "", "going")
    gijs.get(f"{LIST}{contest.pk}/")
    look = Record.objects.latest("entry_id").entry
    assert (look.subject, look.related) == (cast.anna.log_subject, line.pk)
    assert look.details["contest"] == str(contest.pk)


def test_an_auditor_sees_and_does_not_answer(cast: Cast, line: Record) -> None:
    contest = contested(cast, line.pk)
    hanna = english(cast.hanna.account)
    assert "The privacy officer of the organisation answers them" in text_of(hanna.get(LIST))
    page = text_of(hanna.get(f"{LIST}{contest.pk}/"))
    assert CLAIM in page
    assert "I answer this one" not in page
    with no_contest_written():
        answer = {"do": "answer", "outcome": "was-right", "words": "x"}
        for form in ({"do": "take"}, answer, {"do": "extend", "reason": "x"}):
            assert hanna.post(f"{LIST}{contest.pk}/", form).status_code == 403


def test_nobody_sees_those_of_another_organisation(cast: Cast, line: Record) -> None:
    contest = contested(cast, line.pk)
    nadia = add_member(
        subject="nadia", display_name="Nadia", organisation=cast.police, role=Role.PRIVACY_OFFICER, department="Privacy"
    )
    police = english(nadia.account)
    assert "Nobody waits for an answer" in text_of(police.get(LIST))
    with no_contest_written():
        assert police.get(f"{LIST}{contest.pk}/").status_code == 404
        assert police.post(f"{LIST}{contest.pk}/", {"do": "take"}).status_code == 404


def test_staff_and_citizens_see_none(cast: Cast, client: Client, line: Record) -> None:
    contest = contested(cast, line.pk)
    for path in (LIST, f"{LIST}{contest.pk}/"):
        assert client.get(path)["Location"] == f"/sign-in/?next={path}"
        for account in (cast.daan.account, cast.femke.account, cast.anna.account):
            assert signed_in(account).get(path).status_code == 403


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"do": "answer", "words": "x"}, "Choose what you found."),
        ({"do": "answer", "outcome": "was-right", "words": " "}, "Write something"),
        ({"do": "extend", "reason": ""}, "Write something"),
    ],
)
def test_an_answer_with_mistakes_is_said_and_not_sent(
    cast: Cast, gijs: Client, line: Record, form: dict[str, str], fault: str
) -> None:
    contest = contested(cast, line.pk)
    take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
    with no_contest_written():
        page = gijs.post(f"{LIST}{contest.pk}/", form)
    assert page.status_code == 200
    assert text_of(page).count(fault) == 2, "in the summary and at the field"


def test_the_lists_go_on_page_after_page(
    cast: Cast, gijs: Client, line: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.pages.contests.PAGE", 1)
    other = Record.objects.filter(action="sharing.requested").latest("at")
    urgent = raise_contest(citizen=cast.anna, entry_id=line.pk, words="Dringend")
    later = contested(cast, other.pk)
    Contest.objects.filter(pk=urgent.pk).update(due_on=timezone.localdate())
    assert pages(gijs, LIST) == [str(urgent.pk), str(later.pk)]
    for contest in (urgent, later):
        take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
        answer_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk, outcome="was-right", words=ANSWER)
    assert pages(gijs, f"{LIST}?show=closed") == [str(later.pk), str(urgent.pk)]


def pages(browser: Client, path: str) -> list[str]:
    """Return the ids of the contests in a list, page after page."""
    found = []
    while path:
        page = browser.get(path).content.decode()
        found += re.findall(rf'href="{LIST}([0-9a-f-]{{36}})/"', page)
        further = re.search(r'href="(\?[^"]*after=[^"]+)"', page)
        path = f"{LIST}{further[1].replace('&amp;', '&')}" if further else ""
    return found


@pytest.mark.parametrize("query", ["after=x", "after=2026-01-01_x", "show=closed&after=x"])
def test_a_place_that_is_none_is_refused(cast: Cast, gijs: Client, query: str) -> None:
    before = LoggedEntry.objects.count()
    assert gijs.get(f"{LIST}?{query}").status_code == 400
    assert LoggedEntry.objects.count() == before


def test_a_contest_of_an_erased_record_can_still_be_answered(
    cast: Cast, gijs: Client, line: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    contest = contested(cast, line.pk)
    take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
    monkeypatch.setattr("audit.models.record.RecordQuerySet.visible_to", lambda records, _viewer: records.none())
    page = text_of(gijs.get(f"{LIST}{contest.pk}/"))
    assert "was erased by rule" in page
    assert "Answer the resident" in page
