"""Periods of months and years by the calendar: five years after 29 February is the end of a February."""

import calendar
import re
from datetime import UTC, datetime

LONGEST_MONTHS = 1200


def months_before(moment: datetime, months: int) -> datetime:
    """Return the same day and time, in UTC, `months` months earlier: the last day of a month that has no such day."""
    moment = moment.astimezone(UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def read_months(text: str) -> int:
    """Read `18m` or `5y` into months. Raise ValueError for anything else, for none, and for more than a century."""
    match = re.fullmatch(r"([0-9]{1,4})([my])", text)
    months = int(match[1]) * (12 if match[2] == "y" else 1) if match else 0
    if not 0 < months <= LONGEST_MONTHS:
        raise ValueError(f"{text!r} is no number of months or years up to a century, such as 18m or 5y")
    return months
