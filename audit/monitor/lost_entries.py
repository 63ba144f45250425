"""Looks, a stretch at a time, for entries that have no leaf and do not wait for one."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from audit.models import Leaf, LoggedEntry, Pending


@dataclass(frozen=True, slots=True)
class Stretch:
    """`lost` entries among those that were looked at, and the `last` id of them; None where there were none."""

    lost: list[UUID]
    last: UUID | None


def lost_entries(*, after: UUID | None, until: UUID, most: int) -> Stretch:
    """Look at the entries after one id and before another, `most` of them at the most.

    The bounds are found in the index of the ids alone. The rest is one statement, so that no entry is seen between
    waiting and placed; values and no joins, so that its cost is that of the stretch: see `waiting_rows`.
    """
    stretch = LoggedEntry.objects.filter(id__lt=until).order_by("id")
    if after is not None:
        stretch = stretch.filter(id__gt=after)
    ids = stretch.values_list("id", flat=True)
    last = ids[most - 1 : most].first() or ids.last()
    if last is None:
        return Stretch([], None)
    return Stretch(list(_outside(LoggedEntry.objects.filter(id__lte=last), after)), last)


def is_lost(entry_id: UUID) -> bool:
    """Tell whether an entry is outside the log; False also for one that is not there at all."""
    return _outside(LoggedEntry.objects.filter(id=entry_id), None).exists()


def _outside(entries: "QuerySet[LoggedEntry]", after: UUID | None) -> "QuerySet[LoggedEntry, UUID]":
    if after is not None:
        entries = entries.filter(id__gt=after)
    waiting = Subquery(Pending.objects.filter(entry_id=OuterRef("id")).values("entry_id"))
    place = Subquery(Leaf.objects.filter(entry_id=OuterRef("id")).values("index"))
    found = entries.annotate(waiting=waiting, place=place).filter(waiting=None, place=None)
    return found.order_by("id").values_list("id", flat=True)
