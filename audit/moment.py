"""Moments that people and systems write down, as the database keeps them: in UTC."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone


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
    """Return the moment in UTC when a day of Europe/Amsterdam begins; raise ValueError or OverflowError as `in_utc`."""
    return in_utc(timezone.make_aware(datetime.combine(day, time.min)))


def end_of_day(day: date) -> datetime:
    """Return the moment in UTC when a day of Europe/Amsterdam is over."""
    return start_of_day(day + timedelta(days=1))
