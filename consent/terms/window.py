"""Window: on which days of the week and between which hours data may be read (a term of our own ODRL profile).

The wall clock of Europe/Amsterdam counts. In spring the hour from 02:00 does not exist, so a window in it does not
open that night; in autumn that hour comes twice, and the window is open both times.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.terms.calendar import minute_of_week
from consent.verdict import Verdict

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST = 10
_MINUTES_A_DAY = 24 * 60
_MINUTES_A_WEEK = 7 * _MINUTES_A_DAY
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
# A weekly window shows itself in one week; two, because a change of the clock can swallow it once.
_LONG_ENOUGH = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Opening:
    """Some days of the week, as numbers from Monday 0, and minutes after midnight; past midnight if until <= from."""

    days: tuple[int, ...]
    start: int
    end: int

    def dump(self) -> dict[str, Any]:
        return {"days": [DAYS[day] for day in self.days], "from": _clock(self.start), "until": _clock(self.end)}


@dataclass(frozen=True, slots=True)
class Window:
    """The openings of a week. `spans` are the same as minutes of the week, in order and without overlap."""

    name: ClassVar[str] = "window"
    code: ClassVar[str] = "window"
    openings: tuple[Opening, ...]
    spans: tuple[tuple[int, int], ...] = field(repr=False)

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST:
            raise ValueError(_("Give 1 to %(most)d windows.") % {"most": MOST})
        openings = tuple(sorted({_parse_opening(item) for item in value}, key=lambda o: (o.days, o.start, o.end)))
        return cls(openings, _spans(openings))

    def dump(self) -> list[dict[str, Any]]:
        return [opening.dump() for opening in self.openings]

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        return []

    def within(self, wider: Self) -> bool:
        return all(any(a <= start and end <= b for a, b in wider.spans) for start, end in self.spans)

    def is_open(self, now: datetime) -> bool:
        """Tell whether a window is open at `now`, aware."""
        return self._includes(minute_of_week(now))

    def opens_between(self, start: datetime, end: datetime) -> bool:
        """Tell whether a window is open at any moment from `start` up to `end`, both aware."""
        start, end = start.astimezone(UTC), min(end.astimezone(UTC), start.astimezone(UTC) + _LONG_ENOUGH)
        if start >= end:
            return False
        # What is open began to be so at `start`, at the minute past an hour of some opening, or on the hour: there the
        # clock changes.
        past_the_hour = sorted({0, *(minute % 60 for span in self.spans for minute in span)})
        hour = start.replace(minute=0, second=0, microsecond=0)
        moments = [start]
        while hour < end:
            moments += [hour + timedelta(minutes=minute) for minute in past_the_hour]
            hour += timedelta(hours=1)
        return any(start <= moment < end and self.is_open(moment) for moment in moments)

    def verdict(self, ask: Ask) -> Verdict:
        minute = minute_of_week(ask.now)
        if self._includes(minute):
            return Verdict(self.code, True)
        day, time = DAYS[minute // _MINUTES_A_DAY], _clock(minute % _MINUTES_A_DAY)
        return Verdict(self.code, False, {"day": day, "time": time, "windows": self.dump()})

    def _includes(self, minute: int) -> bool:
        for start, end in self.spans:  # noqa: SIM110 a generator takes twice the time, and every access comes here
            if start <= minute < end:
                return True
        return False


def _parse_opening(value: Any) -> Opening:
    if not isinstance(value, dict) or set(value) != {"days", "from", "until"}:
        raise ValueError(_("A window has days, a time from and a time until."))
    days = value["days"]
    if not isinstance(days, list) or not days or not all(isinstance(day, str) and day in DAYS for day in days):
        raise ValueError(_("Choose at least one day of the week for each window, such as monday."))
    start, end = _minutes(value["from"]), _minutes(value["until"], midnight_ends=True)
    return Opening(tuple(sorted({DAYS.index(day) for day in days})), start, end)


def _minutes(value: Any, *, midnight_ends: bool = False) -> int:
    if midnight_ends and value == "24:00":
        return _MINUTES_A_DAY
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(_("Give a time as hours and minutes, such as 09:30."))
    return int(found[1]) * 60 + int(found[2])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _spans(openings: tuple[Opening, ...]) -> tuple[tuple[int, int], ...]:
    """Return the openings as minutes of the week from Monday 00:00, joined where they touch."""
    found: list[tuple[int, int]] = []
    for opening in openings:
        length = opening.end - opening.start
        if length <= 0:
            length += _MINUTES_A_DAY
        for day in opening.days:
            start = day * _MINUTES_A_DAY + opening.start
            end = start + length
            found.append((start, min(end, _MINUTES_A_WEEK)))
            if end > _MINUTES_A_WEEK:
                found.append((0, end - _MINUTES_A_WEEK))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
