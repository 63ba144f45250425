"""The calendar of terms: the wall clock and the weeks of the Netherlands, daylight saving included."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WALL_CLOCK = ZoneInfo("Europe/Amsterdam")
PERIODS = ("day", "week", "month", "year")


def period_start(period: str, now: datetime) -> datetime:
    """Return when the calendar period that `now`, aware, lies in began, in UTC. A week begins on Monday."""
    return _period_start(period, _hour_number(in_utc(now)))


def minute_of_week(now: datetime) -> int:
    """Return the minutes since Monday 00:00 that the wall clock shows at `now`, aware."""
    now = in_utc(now)
    return _hour_of_week(_hour_number(now)) * 60 + now.minute


def in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


# The clock of the Netherlands differs from UTC by whole hours (since 1940), and changes on the hour: what holds for one
# moment of an hour of UTC holds for all of it. Every decision asks for the same few hours.


def _hour_number(moment: datetime) -> int:
    """Return the hours from the beginning of the calendar up to `moment`, in UTC."""
    return moment.toordinal() * 24 + moment.hour


def _wall_clock(hour_number: int) -> datetime:
    day, hour = divmod(hour_number, 24)
    return datetime.fromordinal(day).replace(hour=hour, tzinfo=UTC).astimezone(WALL_CLOCK)


@lru_cache(maxsize=64)
def _hour_of_week(hour_number: int) -> int:
    local = _wall_clock(hour_number)
    return local.weekday() * 24 + local.hour


@lru_cache(maxsize=64)
def _period_start(period: str, hour_number: int) -> datetime:
    local = _wall_clock(hour_number)
    day = datetime(local.year, local.month, local.day, tzinfo=WALL_CLOCK)
    if period == "week":
        day -= timedelta(days=day.weekday())
    elif period == "month":
        day = day.replace(day=1)
    elif period == "year":
        day = day.replace(month=1, day=1)
    return day.astimezone(UTC)
