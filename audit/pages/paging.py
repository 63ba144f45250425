"""Pages of a long list by position and not by count: the last page costs the same as the first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.errors import Invalid
from audit.models import Record
from audit.models.record import RecordQuerySet
from audit.moment import read_moment


class InvalidPlace(Invalid):
    code = "invalid-place"
    title = _("This page of the list does not exist")


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records, newest first, and the place from which the older ones go on; "" where there are none."""

    records: list[Record]
    older: str


def record_page(records: RecordQuerySet, *, before: str, size: int) -> RecordPage:
    """Return the newest `size` records that come before a place, or the newest of all for "".

    A place is `<RFC 3339 time>_<entry id>`, as `RecordPage.older` gives it; raise InvalidPlace for anything else.
    """
    if before:
        at, entry_id = _read_place(before)
        # The first condition follows from the second, and only for the first does the index begin at the place:
        # without it a page from far back reads everything that is newer.
        records = records.filter(at__lte=at).filter(Q(at__lt=at) | Q(entry_id__lt=entry_id))
    found = list(records.newest_first()[: size + 1])
    shown = found[:size]
    return RecordPage(shown, _place(shown[-1]) if len(found) > size else "")


def _place(record: Record) -> str:
    return f"{record.at.isoformat()}_{record.entry_id}"


def _read_place(place: str) -> tuple[datetime, UUID]:
    at_text, _separator, entry_text = place.partition("_")
    try:
        return read_moment(at_text), UUID(entry_text)
    except ValueError:
        raise InvalidPlace from None
