"""The end of a consent in words. Who chose 25 November reads 25 November, not the midnight after it."""

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def until_in_words(until: datetime) -> str:
    """Return "up to and including 25 November 2026" for the midnight that ends that day, else date and time."""
    local = timezone.localtime(until)
    if local.time() == time.min:
        last = local - timedelta(seconds=1)
        return _("up to and including %(day)s") % {"day": date_format(last, "DATE_FORMAT")}
    return _("until %(moment)s") % {"moment": date_format(local, "DATETIME_FORMAT")}
