"""What stands beside a line of the history that was contested: how far it is, and what was answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from audit.contests.lifecycle import State
from audit.contests.words import OUTCOMES, STATES
from audit.contests.written import Written, words_of
from audit.models import Contest
from consent.acting import Acting
from consent.services.contest import may_contest, viewer_of
from consent.services.mandates import acting_for_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestOnLine:
    """A contest for its citizen, or for who acts for that one.

    The words are for who wrote them, and for the citizen in person: who acts under another mandate sees how far it is
    and no more (`shows_words`), since what was contested may be what that very person did.
    """

    id: UUID
    state: str
    state_title: str
    is_going: bool
    is_late: bool
    raised_at: datetime
    due_on: date
    closed_at: datetime | None
    outcome: str
    outcome_title: str
    shows_words: bool
    claim: str
    extension: str
    answer: str
    may_withdraw: bool


def contests_on(entry_ids: Collection[UUID], acting: Acting) -> dict[UUID, ContestOnLine]:
    """Return the newest contest of each line that has one: as many queries for one line as for a page."""
    found = Contest.objects.visible_to(viewer_of(acting.citizen)).about(entry_ids).order_by("id")
    newest = {contest.entry_id: contest for contest in found}
    words = words_of([contest for contest in newest.values() if _shows_words(contest, acting)])
    today = timezone.localdate()
    return {entry_id: _on_line(contest, acting, words, today) for entry_id, contest in newest.items()}


def _on_line(contest: Contest, acting: Acting, words: Mapping[UUID, Written], today: date) -> ContestOnLine:
    shows_words = _shows_words(contest, acting)
    written = words.get(contest.pk, Written())
    return ContestOnLine(
        id=contest.pk,
        state=contest.state,
        state_title=str(STATES[contest.state]),
        is_going=contest.is_going,
        is_late=contest.is_going and contest.due_on < today,
        raised_at=contest.raised_at,
        due_on=contest.due_on,
        closed_at=contest.closed_at,
        outcome=contest.outcome,
        outcome_title=str(OUTCOMES[contest.outcome]) if contest.state == State.ANSWERED else "",
        shows_words=shows_words,
        claim=written.claim,
        extension=written.extension,
        answer=written.answer,
        may_withdraw=contest.is_going and shows_words and may_contest(acting.mandate),
    )


def _shows_words(contest: Contest, acting: Acting) -> bool:
    return acting.mandate is None or contest.acting_for == acting_for_text(acting.mandate)
