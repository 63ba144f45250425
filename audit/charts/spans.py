"""The columns of a chart over time: days, or weeks where days would be too narrow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from audit.moment import ZONE, start_of_day

MOST_DAYS = 31
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last`, both included, cut off by what was searched."""

    first: date
    last: date
    since: datetime
    until: datetime


def spans(since: datetime, until: datetime) -> list[Span]:
    """Return the days in Europe/Amsterdam from `since` until before `until`, or weeks from Monday if they are many."""
    first = since.astimezone(ZONE).date()
    last = (until - timedelta(microseconds=1)).astimezone(ZONE).date()
    in_weeks = (last - first).days >= MOST_DAYS
    return [
        Span(
            begin,
            end,
            max(since, start_of_day(begin)),
            min(until, start_of_day(end + _DAY)),
        )
        for begin, end in (_weeks(first, last) if in_weeks else _days(first, last))
    ]


def _days(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        yield first, first
        first += _DAY


def _weeks(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        next_monday = first + _WEEK - timedelta(days=first.weekday())
        yield first, min(next_monday - _DAY, last)
        first = next_monday
