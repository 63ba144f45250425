"""The days and hours of a window in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DAY_NAMES = {
    "monday": gettext_lazy("Monday"),
    "tuesday": gettext_lazy("Tuesday"),
    "wednesday": gettext_lazy("Wednesday"),
    "thursday": gettext_lazy("Thursday"),
    "friday": gettext_lazy("Friday"),
    "saturday": gettext_lazy("Saturday"),
    "sunday": gettext_lazy("Sunday"),
}


def windows_in_words(windows: Iterable[Mapping[str, Any]]) -> str:
    """Return "Monday and Friday from 09:00 until 17:00; …" for the stored form of the term."""
    return "; ".join(
        _("%(days)s from %(from)s until %(until)s")
        % {
            "days": get_text_list([str(DAY_NAMES.get(day, day)) for day in window.get("days", ())], _("and")),
            "from": window.get("from", ""),
            "until": window.get("until", ""),
        }
        for window in windows
    )
