"""The rows that wait for a place in the tree, each with what the rest of the log says of its entry."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Subquery

from audit.models import Leaf, LoggedEntry, Pending


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A pending row; `entry_commitment` is None where there is no such entry, `leaf_index` where it has no leaf yet."""

    entry_id: UUID
    commitment: bytes
    entry_commitment: bytes | None
    leaf_index: int | None

    @property
    def is_placeable(self) -> bool:
        """Whether it can get a leaf: its entry is there, says the same, and has no leaf yet.

        The service writes no other rows. One that is not placeable was put in or changed behind its back.
        """
        return self.leaf_index is None and self.commitment == self.entry_commitment


def waiting_rows(*, limit: int, after: UUID | None = None) -> list[WaitingRow]:
    """Return the first rows in the order of their ids, or those that follow the id `after`.

    One statement, so that no row is seen between waiting and placed.
    """
    of_entry = LoggedEntry.objects.filter(id=OuterRef("entry_id"))
    of_leaf = Leaf.objects.filter(entry_id=OuterRef("entry_id"))
    rows = Pending.objects.all() if after is None else Pending.objects.filter(entry_id__gt=after)
    found = rows.order_by("entry_id").values_list(
        "entry_id",
        "commitment",
        # Values and not a join or EXISTS: after a rush the statistics of this table say that it is long, and for a
        # long table the planner would read all entries and leaves there are. A value is looked up by its key.
        Subquery(of_entry.values("commitment")),
        Subquery(of_leaf.values("index")),
    )
    return [
        WaitingRow(entry_id, bytes(commitment), None if said is None else bytes(said), leaf_index)
        for entry_id, commitment, said, leaf_index in found[:limit]
    ]
