"""What a case keeps from its citizens: two people, a ground and a day, and it shows itself when that is there."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from audit import actions
from audit.entry import Entry
from audit.errors import DomainError
from audit.models import Deferral, DeferralState, Record
from audit.models.deferral import TRANSITIONS
from audit.people import Viewer
from audit.retention.holds import is_held
from audit.services import deferral as deferring
from audit.services.append import append_entry
from audit.services.deferral import (
    DeferralDecided,
    DeferralNotFound,
    InvalidDeferral,
    SecondPersonNeeded,
    ask_deferral,
    decide_deferral,
    deferral_in_force,
    end_deferrals,
    lift_deferral,
)
from audit.services.log_reading import log_reading
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, an_entry, append, sequence

AUTHOR = Viewer(kind="staff", organisation=POLICE, role="requester", person="eva")
APPROVER = Viewer(kind="staff", organisation=POLICE, role="approver", person="ingrid")
OFFICER = Viewer(
    kind="auditor", organisation=POLICE, organisations=frozenset({POLICE}), role="privacy-officer", person="olga"
)
CASE = "PL-2026-77"


def asked(**changes: object) -> Deferral:
    said = {
        "case": CASE,
        "ground": "criminal-offences",
        "reason": "The investigation was running.",
        "until": in_days(30),
    }
    return ask_deferral(by=AUTHOR, **(said | changes))  # type: ignore[arg-type]


def in_days(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


def approved() -> Deferral:
    return decide_deferral(by=APPROVER, deferral_id=asked().pk, approve=True)


def an_access(subject: str = ANNA) -> Entry:
    """Append what a release in the case would append."""
    found = deferral_in_force(organisation=POLICE, case=CASE, now=timezone.now())
    details = found.details if found else {}
    entry = an_entry(organisation=POLICE, case=CASE, subject=subject, details=details)
    append_entry(entry)
    return entry


def seen_by_anna() -> set[str]:
    viewer = Viewer(kind="subject", subject=ANNA)
    return {str(one.entry_id) for one in Record.objects.visible_to(viewer)}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> "At":
    return At(monkeypatch)


class At:
    """Sets the clock that is read of the service."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, moment: datetime) -> None:
        self._monkeypatch.setattr(timezone, "now", lambda: moment)


def test_nothing_is_kept_back_before_somebody_else_approved(db: None) -> None:
    asked()
    assert deferral_in_force(organisation=POLICE, case=CASE, now=timezone.now()) is None
    assert str(an_access().id) in seen_by_anna()


def test_what_happens_after_the_approval_is_kept_back_and_auditors_see_it_at_once(db: None) -> None:
    before = an_access()
    approved()
    after = an_access()
    assert seen_by_anna() == {str(before.id)}
    assert Record.objects.visible_to(OFFICER).filter(entry_id=after.id).exists()
    assert Record.objects.visible_to(Viewer(kind="subject", subject=BRAM)).count() == 0


def test_it_holds_for_that_case_of_that_organisation_and_no_other(db: None) -> None:
    approved()
    now = timezone.now()
    assert deferral_in_force(organisation=MUNICIPALITY, case=CASE, now=now) is None
    assert deferral_in_force(organisation=POLICE, case=f"{CASE}0", now=now) is None


def test_the_line_appears_by_itself_on_its_day(db: None, at: At) -> None:
    deferral = approved()
    entry = an_access()
    assert seen_by_anna() == set()
    at(deferral.until)
    assert seen_by_anna() == {str(entry.id)}, "without anything that ran"
    assert end_deferrals() == 1
    assert end_deferrals() == 0, "once"
    told = Record.objects.filter(action=actions.DISCLOSED.name)
    assert [one.subject for one in told] == [ANNA]
    assert seen_by_anna() == {str(entry.id), str(told.get().entry_id)}
    assert Deferral.objects.get().state == DeferralState.ENDED


def test_a_question_that_nobody_answered_ends_and_tells_nobody(db: None, at: At) -> None:
    deferral = asked()
    an_access()
    at(deferral.until)
    assert end_deferrals() == 1
    assert not Record.objects.filter(action=actions.DISCLOSED.name).exists()


def test_the_date_stands_in_the_entry_and_does_not_move_with_the_row(db: None, at: At) -> None:
    deferral = approved()
    entry = an_access()
    Deferral.objects.update(until=in_days(3000))
    at(deferral.until)
    assert seen_by_anna() == {str(entry.id)}


def test_a_line_that_was_seen_cannot_be_hidden_afterwards(db: None) -> None:
    entry = an_access()
    approved()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Record.objects.filter(entry_id=entry.id).update(deferred_until=in_days(30))
    assert str(entry.id) in seen_by_anna()


def test_lifted_it_shows_at_once_and_tells_everybody_concerned(db: None) -> None:
    deferral = approved()
    mine, other = an_access(), an_access(subject=BRAM)
    assert lift_deferral(by=OFFICER, deferral_id=deferral.pk).state == DeferralState.LIFTED
    assert str(mine.id) in seen_by_anna()
    assert str(other.id) not in seen_by_anna()
    told = Record.objects.filter(action=actions.DISCLOSED.name).values_list("subject", flat=True)
    assert sorted(told) == [ANNA, BRAM]


def test_a_look_at_what_is_kept_back_is_kept_back_too(db: None) -> None:
    approved()
    entry = an_access()
    log_reading(viewer=OFFICER, shown=1, about=Record.objects.get(entry_id=entry.id).entry)
    assert seen_by_anna() == set()
    other = append(1, subject=ANNA)[0]
    log_reading(viewer=OFFICER, shown=1, about=Record.objects.get(entry_id=other.id).entry)
    assert len(seen_by_anna()) == 2


def test_who_asked_does_not_decide(db: None) -> None:
    deferral = asked()
    entries = Record.objects.count()
    with pytest.raises(SecondPersonNeeded):
        decide_deferral(
            by=Viewer(kind="staff", organisation=POLICE, role="approver", person="eva"),
            deferral_id=deferral.pk,
            approve=True,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Deferral.objects.update(approver="eva", state="approved")
    assert Deferral.objects.get().state == DeferralState.ASKED
    assert Record.objects.count() == entries, "nothing was written"


@pytest.mark.parametrize("act", ["decide", "lift"])
def test_another_organisation_finds_nothing(db: None, act: str) -> None:
    deferral = asked() if act == "decide" else approved()
    elsewhere = Viewer(kind="auditor", organisation=MUNICIPALITY, organisations=frozenset({MUNICIPALITY}), person="x")
    does = partial(decide_deferral, approve=True) if act == "decide" else lift_deferral
    with pytest.raises(DeferralNotFound):
        does(by=elsewhere, deferral_id=deferral.pk)
    with pytest.raises(DeferralNotFound):
        lift_deferral(by=OFFICER, deferral_id=uuid4())


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"case": " "}, ["case-missing"]),
        ({"case": "x" * 101}, ["case-missing"]),
        ({"ground": "because"}, ["unknown-ground"]),
        ({"reason": ""}, ["reason-missing"]),
        ({"reason": "x" * 501}, ["reason-missing"]),
        ({"until": datetime(2020, 1, 1, tzinfo=UTC)}, ["until-over"]),
        ({"case": "", "ground": "", "reason": ""}, ["case-missing", "unknown-ground", "reason-missing"]),
    ],
)
def test_every_fault_is_named_and_nothing_is_written(db: None, changes: dict[str, object], codes: list[str]) -> None:
    with pytest.raises(InvalidDeferral) as refused:
        asked(**changes)
    assert [fault.code for fault in refused.value.errors] == codes
    assert not Deferral.objects.exists()
    assert not Record.objects.exists()


def test_there_is_a_hard_maximum(db: None, settings: Settings) -> None:
    settings.LOG_LONGEST_DEFERRAL = timedelta(days=10)
    with pytest.raises(InvalidDeferral) as refused:
        asked(until=in_days(11))
    assert [fault.code for fault in refused.value.errors] == ["until-too-late"]
    asked(until=in_days(9))


def test_there_is_one_a_case(db: None) -> None:
    asked()
    with pytest.raises(DeferralDecided):
        asked()
    assert Deferral.objects.count() == 1


@pytest.mark.parametrize("before", DeferralState)
@pytest.mark.parametrize("after", DeferralState)
def test_only_these_states_follow_each_other(before: DeferralState, after: DeferralState) -> None:
    deferral = Deferral(state=before)
    if after in TRANSITIONS[before]:
        deferring._move(deferral, after)
        assert deferral.state == after
    else:
        with pytest.raises(DomainError):
            deferring._move(deferral, after)


def test_each_step_is_in_the_log_without_the_words_for_the_residents(db: None) -> None:
    deferral = approved()
    lift_deferral(by=OFFICER, deferral_id=deferral.pk)
    steps = Record.objects.filter(case=CASE).order_by("entry_id")
    names = [actions.DEFERRAL_ASKED.name, actions.DEFERRAL_DECIDED.name, actions.DEFERRAL_LIFTED.name]
    assert [one.action for one in steps] == names
    assert all(deferral.reason.encode() not in bytes(one.canonical) for one in steps)


def test_what_is_kept_back_is_held_from_erasure(db: None) -> None:
    approved()
    entry = an_access()
    now = timezone.now()
    assert Record.objects.filter(is_held(now), entry_id=entry.id).exists()
    assert not Record.objects.filter(is_held(in_days(31)), entry_id=entry.id).exists()


def test_the_columns_follow_from_the_text_and_the_log_verifies(either_db: None) -> None:
    approved()
    entry = an_access()
    sequence()
    record = Record.objects.get(entry_id=entry.id)
    assert (record.deferral, record.deferred_until) == (record.entry.deferral, record.entry.deferred_until)
    assert record.deferred_until is not None
    assert verify_log(verifier=load_verifier()).discrepancy is None
