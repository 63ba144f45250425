"""Moments that people and systems write down, as the database keeps them: in UTC."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")


def read_moment(text: str) -> datetime:
    """Read an RFC 3339 time with its zone into UTC. Raise ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return in_utc(moment)


def in_utc(moment: datetime) -> datetime:
    """Bring a moment to UTC, or raise ValueError where that leaves the years 1 to 9999.

    Python keeps such a moment as long as nobody converts it; a database does, and fails.
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment} is not between the years 1 and 9999 in UTC") from None


def start_of_day(day: date) -> datetime:
    """Return when a day begins in Europe/Amsterdam. Raise ValueError outside the calendar of the database."""
    return in_utc(datetime.combine(day, time.min, ZONE))


def moment_of(day: date, at: time | None) -> datetime:
    """Return a time of a day in Europe/Amsterdam; without a time, when the day begins."""
    return in_utc(datetime.combine(day, at or time.min, ZONE))


def end_of_day(day: date) -> datetime:
    """Return when the next day begins. Raise ValueError or OverflowError outside the calendar."""
    return start_of_day(day + timedelta(days=1))
