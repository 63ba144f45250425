"""Moments as terms write them: RFC 3339, in UTC once stored."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _


def parse_moment(value: Any) -> datetime:
    """Return the moment in UTC; raise ValueError with a sentence for people for what is none."""
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValueError(_("Give a date and time, such as 2027-01-31T12:00:00+01:00.")) from None
    if moment.tzinfo is None:
        raise ValueError(_("Give the time zone with the date and time."))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(_("Give a date that the calendar has.")) from None


def dump_moment(moment: datetime) -> str:
    """Return a moment in UTC in its one stored form."""
    return moment.isoformat().replace("+00:00", "Z")
