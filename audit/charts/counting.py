"""Count entries for charts: what can be added up in one statement, and who reads most in a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Case, Count, Max, Q, TextField, Value, When
from django.db.models.functions import Cast, TruncDate

from audit.actions import Measure, names_counted_as
from audit.entry import Entry
from audit.models import Record
from audit.models.record import RecordQuerySet
from audit.search.filters import ZONE, Hours, in_hours

MOST_EMPLOYEES = 10

# In this order the first that fits is the one.
_HOURS: tuple[Hours, ...] = ("office", "weekend", "early", "late")
_MEASURES: tuple[Measure, ...] = ("access", "given", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCount:
    """How many entries of a day are the same in everything that a chart tells apart."""

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
    """How often one employee read; `example` is an entry of that employee, as the text that was committed to says it.

    The sealed name is the same in all entries of one member of staff and stays inside the database.
    """

    example: Entry
    number: int


def count_entries(records: RecordQuerySet) -> list[EntryCount]:
    """Count accesses, consents given and withdrawn, and refusals of anything, by days of Europe/Amsterdam."""
    counted = Q(outcome="refused")
    for measure in _MEASURES:
        counted |= Q(action__in=names_counted_as(measure))
    rows = (
        records.filter(counted)
        .annotate(
            day=TruncDate("at", tzinfo=ZONE),
            hours=_first_that_fits([(in_hours(hours), hours) for hours in _HOURS]),
            measure=_first_that_fits([(Q(action__in=names_counted_as(one)), one) for one in _MEASURES]),
        )
        .order_by()
        .values("day", "organisation", "role", "measure", "outcome", "reason", "hours")
        .annotate(number=Count("*"))
    )
    return [EntryCount(**row) for row in rows]


def most_reading(records: RecordQuerySet) -> list[Reader]:
    """Return the employees who read most, most first, each by one of their entries."""
    reading = records.filter(action__in=names_counted_as("access"), outcome="allowed").exclude(user_sealed=b"")
    rows = list(
        reading.order_by()
        .values("user_sealed")
        .annotate(number=Count("*"), example=Max(Cast("entry_id", TextField())))
        .order_by("-number", "example")
        .values_list("example", "number")[:MOST_EMPLOYEES]
    )
    entries = {record.entry_id: record.entry for record in _records_of([UUID(example) for example, _number in rows])}
    return [Reader(example=entries[UUID(example)], number=number) for example, number in rows]


def _records_of(entry_ids: Sequence[UUID]) -> RecordQuerySet:
    return Record.objects.filter(entry_id__in=entry_ids)


def _first_that_fits(conditions: Sequence[tuple[Q, str]]) -> Case:
    return Case(*[When(condition, then=Value(name)) for condition, name in conditions], default=Value(""))
