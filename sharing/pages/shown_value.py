"""A value of a record as a page shows it: JSON in words."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A text, or the parts of a list or of an object, each under its name ("" in a list)."""

    text: str = ""
    parts: "tuple[tuple[str, ShownValue], ...]" = ()


def shown_value(value: Any) -> ShownValue:
    """Return `value`, of any JSON type, for people in the active language."""
    match value:
        case dict():
            return ShownValue(parts=tuple((str(name), shown_value(part)) for name, part in value.items()))
        case list():
            return ShownValue(parts=tuple(("", shown_value(part)) for part in value))
        case bool():
            return ShownValue(_("Yes") if value else _("No"))
        case None:
            return ShownValue(_("empty"))
        case str() if _DAY.fullmatch(value):
            return ShownValue(_day(value))
        case _:
            return ShownValue(str(value))


def _day(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    except ValueError:
        return value
