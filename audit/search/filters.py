"""What entries can be narrowed to, in one place for pages, saved searches, charts, findings, exports and the API.

A filter has four shapes: this dataclass, the query string of a page, a flat JSON object (what is saved, and what the
entry of a look says), and the condition that records meet. Days are those of Europe/Amsterdam; moments are in UTC,
`until` is not included. A `period` is relative and moves along; `fixed` turns it into moments.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from audit.entry import OUTCOMES
from audit.moment import in_utc, read_moment

ZONE = ZoneInfo("Europe/Amsterdam")
PERIODS = ("1", "7", "30", "90", "365")
WHOLE_LOG = "all"

Reader = Callable[[str], Any]
"""Reads what a filter is written as, or raises ValueError."""

Hours = Literal["", "office", "outside"]
HOURS: tuple[str, ...] = get_args(Hours)
OFFICE_FROM, OFFICE_UNTIL = 7, 19

# To the end of the text, which "$" is not: a line break may stand behind that.
PSEUDONYM = re.compile(r"\A[0-9a-f]{64}\Z")
OIN = re.compile(r"\A[0-9]{20}\Z")
TRACE = re.compile(r"\A[0-9a-f]{32}\Z")
LONGEST_TEXT = 100

# Each of these leaves so few entries that nobody means only the newest of them.
PINPOINTS = frozenset({"case", "consent", "request", "trace", "entry", "subject"})


class InvalidFilters(ValueError):
    """The JSON is no set of filters; says which part is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilters:
    """Everything that was chosen, combined by "and"; what is empty narrows nothing.

    `period` is a number of whole days up to and including today, as text. `employee` is the id of an entry, and
    stands for whoever acted there: so one follows a member of staff without a name. `hours` tells office hours (Monday
    to Friday, from 7 to 19) from all others.
    """

    period: str = ""
    since: datetime | None = None
    until: datetime | None = None
    hours: Hours = ""
    action: str = ""
    outcome: str = ""
    reason: str = ""
    organisation: str = ""
    role: str = ""
    purpose: str = ""
    case: str = ""
    consent: UUID | None = None
    request: UUID | None = None
    trace: str = ""
    subject: str = ""
    entry: UUID | None = None
    employee: UUID | None = None

    def fixed(self, now: datetime) -> "EntryFilters":
        """Turn a period into the moment at which its first day began."""
        if not self.period:
            return self
        first = now.astimezone(ZONE).date() - timedelta(days=int(self.period) - 1)
        return replace(self, period="", since=start_of_day(first))

    def condition(self) -> Q:
        """Return what a record must meet, all but `employee`, which only a database can tell.

        Raise ValueError for a period: without the moment that it is counted from it means nothing.
        """
        if self.period:
            raise ValueError("fix the period to a moment first")
        lookups = {lookup: value for name, lookup in _LOOKUPS.items() if (value := getattr(self, name))}
        return Q(**lookups) & _in_hours(self.hours)

    def as_json(self) -> dict[str, str]:
        """Return what was chosen as text by name; moments by RFC 3339."""
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _text(value) for name, value in chosen.items() if value}

    def as_query(self) -> dict[str, str]:
        """Return what was chosen as a page of `/oversight/` has it in its address; the whole log says so."""
        query = self.as_json()
        if self.since:
            query |= _day_and_time("since", self.since.astimezone(ZONE))
        if self.until:
            end = self.until.astimezone(ZONE)
            midnight = end.time() == time.min
            query |= _day_and_time("until", end - timedelta(days=1) if midnight else end)
        if not (self.period or self.since or self.until):
            query["period"] = WHOLE_LOG
        return query


def filters_from_json(found: Mapping[str, Any]) -> EntryFilters:
    """Read what `as_json` wrote; raise InvalidFilters for anything else."""
    read: dict[str, Any] = {}
    for name, text in found.items():
        reader = _READERS.get(name)
        if reader is None:
            raise InvalidFilters(f"there is no filter {name!r}")
        try:
            if not isinstance(text, str) or not text:
                raise ValueError
            read[name] = reader(text)
        except (ValueError, OverflowError):
            raise InvalidFilters(f"{text!r} is nothing to filter {name} by") from None
    if read.get("period") and ("since" in read or "until" in read):
        raise InvalidFilters("a period does not go with moments")
    return EntryFilters(**read)


def start_of_day(day: date) -> datetime:
    """Return when a day begins in Europe/Amsterdam. Raise ValueError outside the calendar of the database."""
    return in_utc(datetime.combine(day, time.min, ZONE))


def moment_of(day: date, at: time | None) -> datetime:
    """Return a time of a day in Europe/Amsterdam; without a time, when the day begins."""
    return in_utc(datetime.combine(day, at or time.min, ZONE))


def end_of_day(day: date) -> datetime:
    """Return when the next day begins. Raise ValueError or OverflowError outside the calendar."""
    return start_of_day(day + timedelta(days=1))


_LOOKUPS = {
    "since": "at__gte",
    "until": "at__lt",
    "action": "action",
    "outcome": "outcome",
    "reason": "reason",
    "organisation": "organisation",
    "role": "role",
    "purpose": "purpose",
    "case": "case",
    "consent": "consent",
    "request": "request",
    "trace": "trace_id",
    "subject": "subject",
    "entry": "entry_id",
}


def outside_office_hours() -> Q:
    """Return what an entry outside office hours meets, in the zone of the pages, daylight saving included."""
    return Q(at__iso_week_day__gte=6) | Q(at__hour__lt=OFFICE_FROM) | Q(at__hour__gte=OFFICE_UNTIL)


def _in_hours(hours: Hours) -> Q:
    if not hours:
        return Q()
    return outside_office_hours() if hours == "outside" else ~outside_office_hours()


def _text(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _day_and_time(name: str, local: datetime) -> dict[str, str]:
    query = {name: local.date().isoformat()}
    if local.time() != time.min:
        query[f"{name}_time"] = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return query


def _plain(text: str) -> str:
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise ValueError(text)
    return text


def _one_of(known: tuple[str, ...]) -> Reader:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def _like(pattern: re.Pattern[str]) -> Reader:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return read


_READERS: Mapping[str, Reader] = {
    "period": _one_of(PERIODS),
    "since": read_moment,
    "until": read_moment,
    "hours": _one_of(HOURS),
    "action": _plain,
    "outcome": _one_of(OUTCOMES),
    "reason": _plain,
    "organisation": _like(OIN),
    "role": _plain,
    "purpose": _plain,
    "case": _plain,
    "consent": UUID,
    "request": UUID,
    "trace": _like(TRACE),
    "subject": _like(PSEUDONYM),
    "entry": UUID,
    "employee": UUID,
}
