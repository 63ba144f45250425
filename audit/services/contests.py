"""Contest a line of the log, and answer that: each step in one transaction with its entry, which holds no words."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import signals
from audit.actions import Action
from audit.contests import actions
from audit.contests.contestable import answers_for
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
from audit.contests.lifecycle import TRANSITIONS, Event, Outcome, State, answer_due
from audit.entry import Entry
from audit.errors import FieldError
from audit.models import Contest, Record
from audit.people import Viewer, people
from audit.services.alarm import end_alarm
from audit.services.append import append_entry

MOST_CHARACTERS = 4000
OVERDUE = "contest-overdue"
PRIVACY_OFFICER = "privacy-officer"


@transaction.atomic
def raise_contest(*, viewer: Viewer, entry_id: UUID, words: str, acting_for: str = "") -> Contest:
    """Say as a citizen that a line looks wrong, in words of at most MOST_CHARACTERS.

    `acting_for` is the mandate of who says so for the citizen. Raises EntryNotFound for a line that is not there or not
    the citizen's, NotContestable, ContestedAlready or InvalidContest.
    """
    record = Record.objects.visible_to(viewer).filter(entry_id=entry_id).first() if viewer.kind == "subject" else None
    if record is None:
        raise EntryNotFound(_("There is no such entry, or it is not yours to see."))
    words = _checked_words(words, "/words")
    organisation = answers_for(record.entry)
    if not organisation:
        raise NotContestable(_("This line names no organisation that could answer for it."))
    now = timezone.now()
    contest = Contest(
        entry_id=entry_id,
        subject=record.subject,
        organisation=organisation,
        acting_for=acting_for,
        raised_at=now,
        due_on=answer_due(timezone.localdate(now)),
    )
    contest.claim_sealed = people().seal_words(contest.subject, contest.words_label("claim"), words)
    try:
        with transaction.atomic():
            contest.save(force_insert=True)
    except IntegrityError:
        if not Contest.objects.about([entry_id]).going().exists():
            raise
        raise ContestedAlready(_("There is no answer yet. It stands beside the line when it is there.")) from None
    _log(actions.RAISED, contest, record, at=now, acting_for=acting_for, details=_due(contest))
    return contest


@transaction.atomic
def withdraw_contest(*, viewer: Viewer, contest_id: UUID, acting_for: str = "") -> Contest:
    """Take a contest back as its citizen; done twice it is done once. Raises ContestNotFound or ContestNotOpen."""
    contest = _locked(viewer, contest_id, kind="subject")
    if contest.state == State.WITHDRAWN:
        return contest
    now = timezone.now()
    _move(contest, Event.WITHDRAW)
    contest.closed_at = now
    contest.save(update_fields=["state", "closed_at"])
    _log(actions.WITHDRAWN, contest, _record(contest), at=now, acting_for=acting_for)
    _no_longer_overdue(contest)
    return contest


@transaction.atomic
def take_contest(*, viewer: Viewer, contest_id: UUID) -> Contest:
    """Take up a contest as a privacy officer, also one that a colleague has; taken twice it is taken once.

    Raises ContestNotFound, NotYourContest or ContestNotOpen.
    """
    contest = _to_answer(viewer, contest_id)
    if contest.state == State.IN_TREATMENT and bytes(contest.treated_by) == viewer.user_sealed:
        return contest
    now = timezone.now()
    _move(contest, Event.TAKE)
    contest.taken_at, contest.treated_by = now, viewer.user_sealed
    contest.save(update_fields=["state", "taken_at", "treated_by"])
    _log(actions.TAKEN, contest, _record(contest), at=now, officer=viewer)
    return contest


@transaction.atomic
def extend_contest(*, viewer: Viewer, contest_id: UUID, reason: str) -> Contest:
    """Take two months more, once and within the first month, and tell the citizen why (GDPR article 12(3)).

    Raises ContestNotFound, NotYourContest, ContestNotOpen, TooLateToExtend or InvalidContest.
    """
    contest = _to_answer(viewer, contest_id)
    now = timezone.now()
    _move(contest, Event.EXTEND)
    _check_taken(contest, viewer)
    if contest.extended_at is not None or timezone.localdate(now) > contest.due_on:
        raise TooLateToExtend(_("It can be done once, and within the month after the contest came in."))
    reason = _checked_words(reason, "/reason")
    contest.extended_at = now
    contest.due_on = answer_due(timezone.localdate(contest.raised_at), extended=True)
    contest.reminded_at = None
    contest.extension_sealed = people().seal_words(contest.subject, contest.words_label("extension"), reason)
    contest.save(update_fields=["extended_at", "due_on", "reminded_at", "extension_sealed"])
    _log(actions.EXTENDED, contest, _record(contest), at=now, officer=viewer, details=_due(contest))
    signals.contest_extended.send(sender=Contest, contest=contest)
    return contest


@transaction.atomic
def answer_contest(*, viewer: Viewer, contest_id: UUID, outcome: str, words: str) -> Contest:
    """Answer a contest as the privacy officer who took it: whether the line was right, and what is done about it.

    Raises ContestNotFound, NotYourContest, ContestNotOpen or InvalidContest.
    """
    contest = _to_answer(viewer, contest_id)
    _move(contest, Event.ANSWER)
    _check_taken(contest, viewer)
    faults = [] if outcome in list(Outcome) else [FieldError("/outcome", "required", _("Choose what you found."))]
    words = _checked_words(words, "/words", faults)
    now = timezone.now()
    contest.outcome, contest.closed_at = outcome, now
    contest.answer_sealed = people().seal_words(contest.subject, contest.words_label("answer"), words)
    contest.save(update_fields=["state", "outcome", "closed_at", "answer_sealed"])
    _log(actions.ANSWERED, contest, _record(contest), at=now, officer=viewer, details={"outcome": outcome})
    signals.contest_answered.send(sender=Contest, contest=contest)
    _no_longer_overdue(contest)
    return contest


def alarm_place(contest_id: UUID) -> str:
    """Say where the alarm is that a contest was not answered in time."""
    return f"contest {contest_id}"


def _to_answer(viewer: Viewer, contest_id: UUID) -> Contest:
    contest = _locked(viewer, contest_id, kind="auditor")
    if contest.organisation not in viewer.privacy_officer_of:
        raise NotYourContest(_("Only the privacy officer of the organisation answers what residents contest."))
    return contest


def _locked(viewer: Viewer, contest_id: UUID, *, kind: str) -> Contest:
    visible = Contest.objects.visible_to(viewer) if viewer.kind == kind else Contest.objects.none()
    contest = visible.select_for_update(no_key=True).filter(pk=contest_id).first()
    if contest is None:
        raise ContestNotFound(_("There is no such contest, or it is not yours to see."))
    return contest


def _move(contest: Contest, event: Event) -> None:
    to = TRANSITIONS.get((State(contest.state), event))
    if to is None:
        raise ContestNotOpen(_not_open(contest), params={"state": contest.state, "event": event.value})
    contest.state = to.value


def _not_open(contest: Contest) -> str:
    if contest.state == State.OPEN:
        return _("Take it up first, so that your colleagues know who answers.")
    return _("It was answered or taken back meanwhile.")


def _check_taken(contest: Contest, viewer: Viewer) -> None:
    if bytes(contest.treated_by) != viewer.user_sealed:
        raise NotYourContest(_("A colleague has it. Take it over first."))


def _checked_words(words: str, pointer: str, faults: list[FieldError] | None = None) -> str:
    """Return the words as they are kept; raise InvalidContest with these and earlier faults."""
    found = [*(faults or [])]
    words = words.replace("\r\n", "\n").strip()
    if not words:
        found.append(FieldError(pointer, "required", _("Write something, so that the other knows what you mean.")))
    elif len(words) > MOST_CHARACTERS:
        most = _("Use %(most)d characters at most.") % {"most": MOST_CHARACTERS}
        found.append(FieldError(pointer, "too-long", most))
    if found:
        raise InvalidContest(errors=found)
    return words


def _record(contest: Contest) -> Record | None:
    """Return the record of the contested line, which may have been erased since."""
    return Record.objects.filter(entry_id=contest.entry_id).first()


def _due(contest: Contest) -> dict[str, Any]:
    return {"answerDue": contest.due_on.isoformat()}


def _log(
    action: Action,
    contest: Contest,
    record: Record | None,
    *,
    at: datetime,
    acting_for: str = "",
    officer: Viewer | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Log a step under the purpose and the consent of the contested line, so that it is found where that is."""
    append_entry(
        Entry(
            action=action.name,
            outcome="allowed",
            at=at,
            subject=contest.subject,
            acting_for=acting_for,
            organisation=contest.organisation,
            role=PRIVACY_OFFICER if officer else "",
            department=officer.department if officer and officer.organisation == contest.organisation else "",
            user_sealed=officer.user_sealed if officer else b"",
            purpose=record.purpose if record else "",
            purpose_version=record.purpose_version if record else None,
            consent=record.consent if record else None,
            related=contest.entry_id,
            details={"contest": str(contest.pk), **(details or {})},
        )
    )


def _no_longer_overdue(contest: Contest) -> None:
    end_alarm(kind=OVERDUE, where=alarm_place(contest.pk))
