"""What new entries show, together with those around them: bursts of one employee, about one citizen, or of a pair."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from audit.models import Finding, Record
from audit.patterns.bursts import Event, find_bursts
from audit.patterns.in_force import RuleInForce
from audit.patterns.kinds import Kind
from audit.people import Pair, Relation, people
from audit.search.filters import EntryFilters


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What is asked of an entry that was not searched before."""

    entry_id: UUID
    at: datetime
    organisation: str
    action: str
    outcome: str
    user_sealed: bytes
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A burst under a rule; `example` is its last entry."""

    rule: RuleInForce
    user_sealed: bytes
    subject: str
    relation: Relation | None
    first_at: datetime
    last_at: datetime
    example: UUID


def suspicions(rule: RuleInForce, new: Sequence[NewEntry]) -> Iterator[Suspicion]:
    """Yield what the new entries of one organisation show under one of its rules.

    What was settled before counts no more: a pattern must arise again from what came after, and after the quiet time.
    """
    kind = rule.kind
    looked_at = [one for one in new if kind.looks_at(one.action, one.outcome) and (one.subject or not kind.by_subject)]
    related: Mapping[Pair, Relation] = {}
    if kind.related_only:
        pairs = {(one.user_sealed, one.subject) for one in looked_at}
        related = people().relations(pairs, rule.organisation) if pairs else {}
        looked_at = [one for one in looked_at if (one.user_sealed, one.subject) in related]
    within = kind.within(rule.values)
    settled = _settled_until(rule) if looked_at else {}
    for cluster in _clusters(looked_at, within):
        whom = {_whom(kind, one.user_sealed, one.subject) for one in cluster}
        around = _around(rule, cluster, within)
        for one in sorted(whom):
            since = settled.get(one)
            happened = [(event, entry_id) for event, entry_id in around[one] if since is None or event.at > since]
            for burst in find_bursts(
                [event for event, _entry_id in happened],
                least=rule.values["least"],
                within=within,
                distinct=kind.distinct,
            ):
                yield Suspicion(
                    rule=rule,
                    user_sealed=one[0],
                    subject=one[1],
                    relation=related.get(one),
                    first_at=burst.first_at,
                    last_at=burst.last_at,
                    example=next(entry_id for event, entry_id in reversed(happened) if event.at == burst.last_at),
                )


def _whom(kind: Kind, user_sealed: bytes, subject: str) -> Pair:
    """Return whom the pattern is about; what it is not about stays empty."""
    return (user_sealed if kind.by_employee else b"", subject if kind.by_subject else "")


def _clusters(entries: Iterable[NewEntry], within: timedelta) -> Iterator[list[NewEntry]]:
    """Part entries where the time between them is longer than any window, so that no query spans what is between."""
    cluster: list[NewEntry] = []
    for one in sorted(entries, key=lambda entry: entry.at):
        if cluster and one.at - cluster[-1].at > within:
            yield cluster
            cluster = []
        cluster.append(one)
    if cluster:
        yield cluster


def _around(
    rule: RuleInForce, cluster: Sequence[NewEntry], within: timedelta
) -> Mapping[Pair, list[tuple[Event, UUID]]]:
    """Return what happened in reach of these entries, by whom it was done or whom it was about, in order of time."""
    kind = rule.kind
    narrowed = EntryFilters(organisation=rule.organisation, **kind.narrowed_to).condition()
    records = Record.objects.filter(narrowed, at__gte=cluster[0].at - within, at__lte=cluster[-1].at + within)
    records = records.exclude(user_sealed=b"")
    if kind.by_employee:
        records = records.filter(user_sealed__in={one.user_sealed for one in cluster})
    if kind.by_subject:
        records = records.filter(subject__in={one.subject for one in cluster})
    around: defaultdict[Pair, list[tuple[Event, UUID]]] = defaultdict(list)
    rows = records.order_by("at", "entry_id").values_list("user_sealed", "subject", "at", "entry_id")
    for user_sealed, subject, at, entry_id in rows.iterator():
        who = bytes(user_sealed)
        around[_whom(kind, who, subject)].append((Event(at, who), entry_id))
    return around


def _settled_until(rule: RuleInForce) -> Mapping[Pair, datetime]:
    """Return up to when everything about somebody was settled, or is to stay quiet."""
    settled = Finding.objects.settled().filter(organisation=rule.organisation, kind=rule.kind.name)
    rows = settled.values_list("user_sealed", "subject").annotate(Max("last_at"), Max("quiet_until"))
    return {
        (bytes(user_sealed), subject): max(last_at, quiet_until) if quiet_until else last_at
        for user_sealed, subject, last_at, quiet_until in rows
    }
