"""A citizen contests a line of the log, and the privacy officer of the organisation answers within a month."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from audit.contests.errors import (
    ContestedAlready,
    ContestNotFound,
    ContestNotOpen,
    EntryNotFound,
    InvalidContest,
    NotContestable,
    NotYourContest,
    TooLateToExtend,
)
from audit.contests.lifecycle import answer_due
from audit.contests.written import Written, words_of
from audit.errors import DomainError
from audit.models import Alarm, Contest, LoggedEntry, Record
from audit.people import ANONYMOUS, Viewer
from audit.services.contests import (
    MOST_CHARACTERS,
    OVERDUE,
    alarm_place,
    answer_contest,
    extend_contest,
    take_contest,
)
from audit.services.contests import raise_contest as raise_as
from audit.tasks import watch_contests
from consent.contest_words import open_words
from consent.errors import CitizenErased, DoesNotOpen
from consent.mail.to_privacy_officer import address_in
from consent.models import Mail, Organisation, Role
from consent.services.contest import raise_contest, viewer_of, withdraw_contest
from consent.services.members import add_member
from sharing.services.erase import erase_citizen
from tests.cast import Cast
from tests.consent.contesting import ANSWER, CLAIM, as_officer, contested, looked_at


@contextmanager
def refused(error: type[DomainError]) -> "Iterator[pytest.ExceptionInfo[DomainError]]":
    """Expect the refusal, and that nothing was written."""
    before = (LoggedEntry.objects.count(), list(Contest.objects.order_by("pk").values()), Mail.objects.count())
    with pytest.raises(error) as found:
        yield found
    assert (LoggedEntry.objects.count(), list(Contest.objects.order_by("pk").values()), Mail.objects.count()) == before


def newest() -> Record:
    return Record.objects.latest("entry_id")


# --- Raising ------------------------------------------------------------------------------------------------------


def test_a_line_is_contested_with_a_clock_and_an_entry(cast: Cast) -> None:
    line = looked_at(cast)
    contest = contested(cast, line.pk)
    assert (contest.state, contest.organisation) == ("open", cast.municipality.oin)
    assert contest.due_on == answer_due(timezone.localdate())
    entry = newest().entry
    assert (entry.action, entry.subject, entry.organisation) == (
        "audit.contest-raised",
        cast.anna.log_subject,
        cast.municipality.oin,
    )
    assert (entry.related, entry.consent, entry.purpose) == (line.pk, line.consent, "energy-allowance")
    assert entry.details == {"contest": str(contest.pk), "answerDue": contest.due_on.isoformat()}
    assert not entry.user_sealed


def test_what_is_written_is_sealed_and_stands_in_no_entry(cast: Cast) -> None:
    contest = contested(cast)
    take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
    extend_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk, reason="Het archief is dicht.")
    answer_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk, outcome="was-wrong", words=ANSWER)
    contest.refresh_from_db()
    assert words_of([contest])[contest.pk] == Written(CLAIM, "Het archief is dicht.", ANSWER)
    columns = [value for row in Contest.objects.values() for value in row.values()]
    stored = b"".join(bytes(one) for one in columns if isinstance(one, bytes | memoryview))
    said = b"".join(bytes(text) for text in Record.objects.values_list("canonical", flat=True))
    for words in (CLAIM, "Het archief is dicht.", ANSWER):
        assert words.encode() not in stored
        assert words.encode() not in said
    # Sealed for its own place: as the answer of another contest it does not open.
    with pytest.raises(DoesNotOpen):
        open_words(cast.anna.log_subject, {"contest/other/claim": bytes(contest.claim_sealed)})


def test_nobody_contests_the_line_of_another(cast: Cast) -> None:
    line = looked_at(cast)
    with refused(EntryNotFound):
        raise_contest(citizen=cast.bram, entry_id=line.pk, words=CLAIM)
    with refused(EntryNotFound):
        raise_contest(citizen=cast.anna, entry_id=uuid4(), words=CLAIM)
    for viewer in (as_officer(cast.gijs), Viewer(kind="staff"), ANONYMOUS, Viewer(kind="subject")):
        with refused(EntryNotFound):
            raise_as(viewer=viewer, entry_id=line.pk, words=CLAIM)


def test_a_line_is_contested_once_at_a_time_and_again_after_the_answer(cast: Cast) -> None:
    line = looked_at(cast)
    first = contested(cast, line.pk)
    with refused(ContestedAlready):
        contested(cast, line.pk)
    withdraw_contest(citizen=cast.anna, contest_id=first.pk)
    second = contested(cast, line.pk)
    assert list(Contest.objects.about([line.pk]).going()) == [second]
    with pytest.raises(IntegrityError), transaction.atomic():
        Contest.objects.filter(pk=first.pk).update(state="open", closed_at=None)


@pytest.mark.parametrize("words", ["", "  \n ", "x" * (MOST_CHARACTERS + 1)])
def test_words_that_are_none_or_too_many_are_refused(cast: Cast, words: str) -> None:
    line = looked_at(cast)
    with refused(InvalidContest):
        raise_contest(citizen=cast.anna, entry_id=line.pk, words=words)


def test_what_names_no_organisation_goes_to_who_runs_the_service(cast: Cast, settings: Settings) -> None:
    line = Record.objects.filter(subject=cast.anna.log_subject, organisation="").latest("at")
    settings.SERVICE_CONTROLLER = ""
    with refused(NotContestable):
        contested(cast, line.pk)
    settings.SERVICE_CONTROLLER = cast.police.oin
    assert contested(cast, line.pk).organisation == cast.police.oin


def test_a_line_about_a_contest_is_not_contested_itself(cast: Cast) -> None:
    contested(cast)
    about = newest()
    with refused(NotContestable):
        contested(cast, about.pk)


def test_what_is_hidden_from_the_citizen_cannot_be_contested(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    line = looked_at(cast)
    hidden = lambda records, viewer: records.exclude(pk=line.pk)  # noqa: E731, ARG005
    monkeypatch.setattr("audit.models.record.RecordQuerySet.visible_to", hidden)
    with refused(EntryNotFound):
        contested(cast, line.pk)


# --- Treating -----------------------------------------------------------------------------------------------------


def test_the_privacy_officer_takes_it_and_answers(cast: Cast) -> None:
    contest = contested(cast)
    gijs = as_officer(cast.gijs)
    take_contest(viewer=gijs, contest_id=contest.pk)
    assert newest().entry.action == "audit.contest-taken"
    before = LoggedEntry.objects.count()
    take_contest(viewer=gijs, contest_id=contest.pk)
    assert LoggedEntry.objects.count() == before, "taken twice is taken once"
    answered = answer_contest(viewer=gijs, contest_id=contest.pk, outcome="was-wrong", words=ANSWER)
    assert (answered.state, answered.outcome) == ("answered", "was-wrong")
    record = newest()
    assert (record.action, record.role, record.organisation) == (
        "audit.contest-answered",
        "privacy-officer",
        cast.municipality.oin,
    )
    assert record.entry.details == {"contest": str(contest.pk), "outcome": "was-wrong"}
    assert bytes(record.user_sealed) == bytes(cast.gijs.sealed_name)
    told = Mail.objects.get(kind="contest-answered")
    assert (told.citizen_id, told.about) == (cast.anna.pk, str(contest.pk))


def test_only_the_privacy_officer_of_the_organisation_answers(cast: Cast) -> None:
    contest = contested(cast)
    nadia = add_member(
        subject="nadia",
        display_name="Nadia",
        organisation=cast.police,
        role=Role.PRIVACY_OFFICER,
        department="Privacydesk",
    )
    outsiders = [as_officer(nadia), Viewer(kind="staff"), viewer_of(cast.anna), ANONYMOUS]
    actions: list[Callable[[Viewer], Any]] = [
        lambda viewer: take_contest(viewer=viewer, contest_id=contest.pk),
        lambda viewer: extend_contest(viewer=viewer, contest_id=contest.pk, reason="later"),
        lambda viewer: answer_contest(viewer=viewer, contest_id=contest.pk, outcome="was-right", words="no"),
    ]
    for act in actions:
        for viewer in outsiders:
            with refused(ContestNotFound):
                act(viewer)
        with refused(NotYourContest):
            act(as_officer(cast.hanna, answers=False))


def test_one_answers_what_one_has_taken_and_a_colleague_can_take_it_over(cast: Cast) -> None:
    contest = contested(cast)
    gijs = as_officer(cast.gijs)
    with refused(ContestNotOpen):
        answer_contest(viewer=gijs, contest_id=contest.pk, outcome="was-right", words="Te vroeg.")
    take_contest(viewer=gijs, contest_id=contest.pk)
    colleague = add_member(
        subject="noor",
        display_name="Noor",
        organisation=cast.municipality,
        role=Role.PRIVACY_OFFICER,
        department="Juridische Zaken",
    )
    noor = as_officer(colleague)
    with refused(NotYourContest):
        answer_contest(viewer=noor, contest_id=contest.pk, outcome="was-right", words="Van mij.")
    take_contest(viewer=noor, contest_id=contest.pk)
    with refused(NotYourContest):
        extend_contest(viewer=gijs, contest_id=contest.pk, reason="Later.")
    assert answer_contest(viewer=noor, contest_id=contest.pk, outcome="was-right", words="Nu wel.").state == "answered"


@pytest.mark.parametrize(
    ("outcome", "words", "pointers"), [("", "x", ["/outcome"]), ("maybe", " ", ["/outcome", "/words"])]
)
def test_an_answer_has_an_outcome_and_words(cast: Cast, outcome: str, words: str, pointers: list[str]) -> None:
    contest = contested(cast)
    take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
    with refused(InvalidContest) as found:
        answer_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk, outcome=outcome, words=words)
    assert [fault.pointer for fault in found.value.errors] == pointers


def test_what_is_over_takes_nothing_more(cast: Cast) -> None:
    gijs = as_officer(cast.gijs)
    contest = contested(cast)
    take_contest(viewer=gijs, contest_id=contest.pk)
    answer_contest(viewer=gijs, contest_id=contest.pk, outcome="was-right", words=ANSWER)
    with refused(ContestNotOpen):
        answer_contest(viewer=gijs, contest_id=contest.pk, outcome="was-wrong", words="Toch niet.")
    with refused(ContestNotOpen):
        take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
    with refused(ContestNotOpen):
        withdraw_contest(citizen=cast.anna, contest_id=contest.pk)


def test_it_is_taken_back_by_its_citizen_and_by_nobody_else(cast: Cast) -> None:
    contest = contested(cast)
    with refused(ContestNotFound):
        withdraw_contest(citizen=cast.bram, contest_id=contest.pk)
    assert withdraw_contest(citizen=cast.anna, contest_id=contest.pk).state == "withdrawn"
    assert newest().entry.action == "audit.contest-withdrawn"
    before = LoggedEntry.objects.count()
    withdraw_contest(citizen=cast.anna, contest_id=contest.pk)
    assert LoggedEntry.objects.count() == before, "taken back twice is taken back once"


def test_more_time_is_taken_once_with_a_reason_and_within_the_month(cast: Cast) -> None:
    gijs = as_officer(cast.gijs)
    contest = contested(cast)
    with refused(ContestNotOpen):
        extend_contest(viewer=gijs, contest_id=contest.pk, reason="Nog niet opgepakt.")
    take_contest(viewer=gijs, contest_id=contest.pk)
    with refused(InvalidContest):
        extend_contest(viewer=gijs, contest_id=contest.pk, reason=" ")
    extended = extend_contest(viewer=gijs, contest_id=contest.pk, reason="Het archief is dicht.")
    assert extended.due_on == answer_due(timezone.localdate(contest.raised_at), extended=True)
    assert newest().entry.details["answerDue"] == extended.due_on.isoformat()
    assert Mail.objects.filter(kind="contest-extended", citizen=cast.anna).count() == 1
    with refused(TooLateToExtend):
        extend_contest(viewer=gijs, contest_id=contest.pk, reason="Nog een keer.")
    late = contested(cast, Record.objects.filter(action="sharing.requested").latest("at").pk)
    take_contest(viewer=gijs, contest_id=late.pk)
    Contest.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    with refused(TooLateToExtend):
        extend_contest(viewer=gijs, contest_id=late.pk, reason="Te laat.")


# --- The clock ----------------------------------------------------------------------------------------------------


def test_the_privacy_officer_hears_of_it_and_is_reminded_a_week_before(cast: Cast) -> None:
    contest = contested(cast)
    assert watch_contests() == 1
    assert watch_contests() == 0, "once"
    Contest.objects.update(due_on=timezone.localdate() + timedelta(days=8))
    assert watch_contests() == 0
    Contest.objects.update(due_on=timezone.localdate() + timedelta(days=7))
    assert (watch_contests(), watch_contests()) == (1, 0)
    assert [message.to for message in mail.outbox] == [["fg@voorbeeldstad.example"]] * 2
    assert mail.outbox[0].subject != mail.outbox[1].subject
    for message in mail.outbox:
        text = f"{message.subject}{message.body}"
        assert f"/oversight/contests/{contest.pk}/" in text
        # An e-mail travels in the open.
        assert "Anna" not in text
        assert CLAIM not in text


def test_an_answer_that_is_late_is_an_alarm_until_it_is_there(cast: Cast) -> None:
    contest = contested(cast)
    watch_contests()
    assert not Alarm.objects.exists()
    Contest.objects.update(due_on=timezone.localdate())
    watch_contests()
    assert not Alarm.objects.exists(), "the last day counts"
    Contest.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    watch_contests()
    watch_contests()
    (alarm,) = Alarm.objects.going()
    assert (alarm.kind, alarm.where) == (OVERDUE, alarm_place(contest.pk))
    assert cast.anna.log_subject not in alarm.explanation
    take_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk)
    answer_contest(viewer=as_officer(cast.gijs), contest_id=contest.pk, outcome="was-right", words=ANSWER)
    assert not Alarm.objects.going().exists()


def test_without_an_address_there_is_an_alarm_in_place_of_a_message(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.municipality.pk).update(privacy_contact="Functionaris, kamer 12")
    contested(cast)
    watch_contests()
    assert [alarm.kind for alarm in Alarm.objects.going()] == ["contest-nobody-to-tell"]
    assert not mail.outbox
    Organisation.objects.filter(pk=cast.municipality.pk).update(
        privacy_contact="Functionaris, fg@voorbeeldstad.example"
    )
    Contest.objects.update(told_at=None)
    watch_contests()
    assert not Alarm.objects.going().exists()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    contested(cast)
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", _gone)
        assert watch_contests() == 0
    assert watch_contests() == 1


def _gone(message: object) -> None:
    raise ConnectionRefusedError


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("Functionaris gegevensbescherming, privacy@voorbeeldstad.example", "privacy@voorbeeldstad.example"),
        ("<fg@a.example>.", "fg@a.example"),
        ("mail fg@a.b.example.", "fg@a.b.example"),
        ("kamer 12", ""),
        ("a@b", ""),
    ],
)
def test_an_address_is_found_in_what_was_written_for_people(contact: str, address: str) -> None:
    assert address_in(contact) == address


# --- Who is erased ------------------------------------------------------------------------------------------------


def test_who_is_erased_takes_the_words_along(cast: Cast) -> None:
    contest = contested(cast)
    erase_citizen(citizen=cast.anna, secret="s" * 43)
    contest.refresh_from_db()
    assert contest.state == "withdrawn"
    assert words_of([contest])[contest.pk] == Written()
    cast.anna.refresh_from_db()
    with refused(CitizenErased):
        raise_contest(citizen=cast.anna, entry_id=contest.entry_id, words=CLAIM)
