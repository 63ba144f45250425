"""Count entries for charts: what can be added up in one statement, and who reads most in two more.

The database adds up by the hour in UTC, which costs it next to nothing. Which day and which hours that is in
Europe/Amsterdam is told here, once an hour and not once an entry: its offsets are whole hours.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncHour

from audit.actions import Measure, names_counted_as
from audit.entry import Entry
from audit.models.record import RecordQuerySet
from audit.moment import ZONE
from audit.search.filters import Hours, hours_of

MOST_EMPLOYEES = 10

_MEASURES: tuple[Measure, ...] = ("access", "given", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCount:
    """How many entries of an hour are the same in everything that a chart tells apart."""

    day: date
    organisation: str
    role: str
    measure: Measure
    outcome: str
    reason: str
    hours: Hours
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How often one employee read; `example` is the newest entry of that employee among those that were counted.

    The sealed name is the same in all entries of one member of staff. It is never opened here, and never shown.
    """

    example: Entry
    number: int


def count_entries(records: RecordQuerySet) -> list[EntryCount]:
    """Count accesses, consents given and withdrawn, and refusals of anything."""
    measures = {name: measure for measure in _MEASURES for name in names_counted_as(measure)}
    rows = (
        records.filter(Q(outcome="refused") | Q(action__in=measures))
        .annotate(hour=TruncHour("at", tzinfo=UTC))
        .order_by()
        .values_list("hour", "organisation", "role", "action", "outcome", "reason")
        .annotate(number=Count("*"))
    )
    return list(_in_local_hours(rows, measures))


def most_reading(records: RecordQuerySet) -> list[Reader]:
    """Return the employees who read most, most first, each by one of their entries."""
    reading = records.filter(action__in=names_counted_as("access"), outcome="allowed").exclude(user_sealed=b"")
    counted = (
        reading.order_by()
        .values_list("user_sealed")
        .annotate(number=Count("*"), newest=Max("at"))
        .order_by("-number", "-newest")[:MOST_EMPLOYEES]
    )
    readers = [(bytes(user_sealed), number, newest) for user_sealed, number, newest in counted]
    examples = reading.filter(
        at__in={newest for _user, _number, newest in readers},
        user_sealed__in={user for user, _number, _newest in readers},
    )
    entry_of = {(bytes(record.user_sealed), record.at): record.entry for record in examples}
    return [Reader(example=entry_of[user, newest], number=number) for user, number, newest in readers]


def _in_local_hours(
    rows: Iterable[tuple[datetime, str, str, str, str, str, int]], measures: Mapping[str, Measure]
) -> Iterator[EntryCount]:
    local: dict[datetime, tuple[date, Hours]] = {}
    for hour, organisation, role, action, outcome, reason, number in rows:
        if hour not in local:
            there = hour.astimezone(ZONE)
            local[hour] = there.date(), hours_of(there)
        day, hours = local[hour]
        yield EntryCount(
            day=day,
            organisation=organisation,
            role=role,
            measure=measures.get(action, ""),
            outcome=outcome,
            reason=reason,
            hours=hours,
            number=number,
        )
