"""A value of a record as a page shows it: JSON in words."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A text, or the parts of a list or of an object, each under its name ("" in a list)."""

    text: str = ""
    parts: "tuple[tuple[str, ShownValue], ...]" = ()


def shown_value(value: Any) -> ShownValue:
    """Return `value`, of any JSON type, for people in the active language."""
    match value:
        case {"id": str(), "mediaType": str(media_type), "size": int(size), **rest} if not rest:
            return ShownValue(file_in_words(media_type, size))
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
        case str() if _MOMENT.fullmatch(value):
            return ShownValue(_moment(value))
        case _:
            return ShownValue(str(value))


def file_in_words(media_type: str, size: int) -> str:
    """Say what a file is, such as "Video, 12 MB"."""
    kind = media_type.partition("/")[0]
    names = {"video": _("Video"), "image": _("Photo"), "application": _("PDF document")}
    return f"{names.get(kind, _('File'))}, {filesizeformat(size)}"


def _day(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    except ValueError:
        return value


def _moment(value: str) -> str:
    """Say a moment in local time; one without a zone is local already."""
    try:
        moment = datetime.fromisoformat(value)
        return date_format(timezone.localtime(moment) if moment.tzinfo else moment, "DATETIME_FORMAT")
    except (ValueError, OverflowError):
        return value
