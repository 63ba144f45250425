"""Days that people choose, and the moments that they stand for in Europe/Amsterdam."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone


def last_day(now: datetime, longest_days: int, latest_end: datetime | None = None) -> date:
    """Return the last day that may be chosen: the consent then ends at its midnight, within the longest time."""
    end = now + timedelta(days=longest_days)
    if latest_end is not None:
        end = min(end, latest_end)
    return timezone.localdate(end) - timedelta(days=1)


def start_of_day(day: date) -> datetime:
    """Return the midnight with which `day` begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of_day(day: date) -> datetime:
    """Return the midnight that ends `day`: "until the 5th" includes the 5th."""
    return start_of_day(day + timedelta(days=1))


def last_whole_day(end: datetime) -> date:
    """Return the last day of which all hours lie before `end`."""
    return timezone.localdate(end) - timedelta(days=1)
