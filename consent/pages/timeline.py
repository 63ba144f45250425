"""What happened with someone's data, in words: for the citizen's own pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from audit.contests.contestable import answers_for
from audit.models import Checkpoint, Record
from audit.timeline import DescribedDeferral, DescribedEntry, describe
from consent.acting import Acting
from consent.models import Consent, PurposeField
from consent.pages.contest_on_line import ContestOnLine, contests_on
from consent.services.contest import may_contest
from consent.verdict_sentences import sentence

LOOKS = frozenset({"sharing.released", "sharing.repeated", "sharing.viewing-started", "audit.log-read"})
"""The actions by which somebody else reads: these stand out in the timeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One condition of the decision, in a sentence with the titles of fields."""

    holds: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One entry for its citizen. It never says which employee acted (CJEU C-579/21).

    `consent` is the one that it happened under, where who looks can see that; `is_proven` tells whether a signed
    checkpoint covers it, so that there is a proof; `contest` is what its citizen said of it.
    """

    id: UUID
    at: datetime
    action: str
    title: str
    looked: bool
    outcome: str
    oin: str
    organisation: str
    role: str
    department: str
    purpose: str
    case: str
    fields: tuple[str, ...]
    reasons: tuple[Reason, ...]
    who_acted: str
    leaf_index: int | None
    is_proven: bool
    details_said: str
    deferral: DescribedDeferral | None
    consent: UUID | None
    may_contest: bool
    contest: ContestOnLine | None

    @property
    def refusals(self) -> tuple[Reason, ...]:
        """Return the conditions that did not hold."""
        return tuple(reason for reason in self.reasons if not reason.holds)

    @property
    def day(self) -> date:
        """The day in Europe/Amsterdam."""
        return timezone.localdate(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """One line of the timeline: an entry, or several alike on one day, newest first, folded to one.

    `may_go_on` tells that there may be more of them on the next page.
    """

    events: tuple[TimelineEvent, ...]
    may_go_on: bool = False

    @property
    def newest(self) -> TimelineEvent:
        return self.events[0]

    @property
    def oldest(self) -> TimelineEvent:
        return self.events[-1]

    @property
    def times(self) -> int:
        return len(self.events)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the data of all of them, each once."""
        return tuple(dict.fromkeys(field for event in self.events for field in event.fields))


def timeline(records: Sequence[Record], acting: Acting, *, goes_on: bool = False) -> list[TimelineLine]:
    """Describe the records for the citizen whom they are about, with as many queries for one as for a hundred.

    `goes_on` tells that older ones stand on a next page.
    """
    return folded(timeline_events(records, acting), goes_on=goes_on)


def timeline_events(records: Sequence[Record], acting: Acting) -> list[TimelineEvent]:
    """Describe the records one by one. Under a mandate they are those within its reach, and so are their consents."""
    described = describe(records, reader="subject")
    if not described:
        return []
    named = {one.entry.consent for one in described if one.entry.consent}
    consents = Consent.objects.of_citizen(acting.citizen).filter(pk__in=named) if named else Consent.objects.none()
    newest = Checkpoint.objects.newest_published()
    around = _Around(
        size=newest.size if newest else 0,
        consents=frozenset(consents.values_list("pk", flat=True)),
        contests=contests_on([one.entry.id for one in described], acting),
        may_contest=may_contest(acting.mandate),
    )
    return [_event(one, around) for one in described]


def folded(events: Sequence[TimelineEvent], *, goes_on: bool = False) -> list[TimelineLine]:
    """Fold what the same organisation did for the same purpose with the same outcome on the same day to one line.

    It stands where the newest of them does. What is contested stays apart, so that its answer is in plain sight.
    """
    lines: dict[object, list[TimelineEvent]] = {}
    for event in events:
        lines.setdefault(_alike(event), []).append(event)
    # The next page begins on the day of the last one here, or before.
    last = events[-1].day if events and goes_on else None
    return [
        TimelineLine(events=tuple(alike), may_go_on=len(alike) > 1 and alike[0].day == last) for alike in lines.values()
    ]


def field_titles(version_ids: Iterable[UUID]) -> dict[str, str]:
    """Return {full field name: title in the active language} of all fields of these purpose versions."""
    language = get_language() or "nl"
    fields = PurposeField.objects.filter(version_id__in=version_ids).select_related("dataset_version")
    return {field.name: field.title(language) for field in fields}


def reasons(verdicts: Iterable[Mapping[str, object]], titles: Mapping[str, str]) -> tuple[Reason, ...]:
    """Say each verdict, {code, holds, params}, in a sentence that calls fields by their titles."""
    return tuple(
        Reason(
            holds=bool(verdict["holds"]),
            sentence=sentence(str(verdict["code"]), bool(verdict["holds"]), _titled(verdict["params"], titles)),
        )
        for verdict in verdicts
    )


def _alike(event: TimelineEvent) -> object:
    # What one does oneself is never a crowd, and what was kept back says why, each for itself.
    if event.contest is not None or event.deferral is not None or not event.looked:
        return event.id
    return (event.day, event.oin, event.purpose, event.action, event.outcome)


def _titled(params: object, titles: Mapping[str, str]) -> dict[str, object]:
    named: dict[str, object] = dict(params) if isinstance(params, Mapping) else {}
    not_granted = named.get("notGranted")
    if isinstance(not_granted, list | tuple):
        named["notGranted"] = [titles.get(name, name) for name in not_granted]
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What the entries of a page are held against: the size of the signed log, consents within reach, contests."""

    size: int
    consents: frozenset[UUID]
    contests: Mapping[UUID, ContestOnLine]
    may_contest: bool


def _event(described: DescribedEntry, around: _Around) -> TimelineEvent:
    entry = described.entry
    contest = around.contests.get(entry.id)
    return TimelineEvent(
        id=entry.id,
        at=entry.at,
        action=entry.action,
        title=str(described.action_title),
        looked=entry.action in LOOKS,
        outcome=entry.outcome,
        oin=entry.organisation,
        organisation=described.organisation_name,
        role=described.role_title,
        department=entry.department,
        purpose=described.purpose_title,
        case=entry.case,
        fields=tuple(field.title for field in described.fields),
        reasons=tuple(Reason(holds=one.holds, sentence=one.sentence) for one in described.verdicts),
        # The mandate's own beginning and end are nothing that its holder did.
        who_acted="" if entry.action.startswith("consent.mandate-") else described.who_acted,
        leaf_index=described.leaf_index,
        is_proven=described.leaf_index is not None and described.leaf_index < around.size,
        details_said=described.details_said,
        deferral=described.deferral,
        consent=entry.consent if entry.consent in around.consents else None,
        may_contest=around.may_contest and (contest is None or not contest.is_going) and bool(answers_for(entry)),
        contest=contest,
    )
