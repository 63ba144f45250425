"""The proof that an entry stands in the log, for its reader to keep and to check without us."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.errors import Conflict
from audit.models import Checkpoint, Leaf, Record
from audit.tree.merkle import frontier_nodes, inclusion_spans
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import TilesAtHand, prove_from_tiles, tiles_needed
from audit.tree.tlog_proof import write_tlog_proof


class NotInLogYet(Conflict):
    """The entry waits for its place; it gets one within the promised delay."""

    code = "not-in-log-yet"
    title = _("This entry has no proof yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProof:
    """Everything that a stranger needs besides the verifier key of the log.

    SHA-256(domain ‖ salt ‖ canonical) is the leaf; `hashes` lead from it to the root in `checkpoint`.
    """

    entry_id: UUID
    salt: bytes
    canonical: bytes
    leaf_index: int
    tree_size: int
    hashes: Sequence[bytes]
    checkpoint: str

    def to_tlog_proof(self) -> str:
        """Write as a proof file; its extra data is salt ‖ canonical, so that the file needs nothing beside it."""
        return write_tlog_proof(
            index=self.leaf_index,
            hashes=self.hashes,
            checkpoint=self.checkpoint,
            extra=self.salt + self.canonical,
        )


def prove_entry(record: Record) -> EntryProof:
    """Prove an entry under the newest published checkpoint, or raise NotInLogYet."""
    # Values, because making a model of the row takes as long as finding it.
    index = next(iter(Leaf.objects.filter(entry_id=record.entry_id).values_list("index", flat=True)), None)
    newest = Checkpoint.objects.newest_published()
    if index is None or newest is None or newest.size <= index:
        raise NotInLogYet(_("The entry is kept and waits for its place in the log. Try again in a minute."))
    return EntryProof(
        entry_id=record.entry_id,
        salt=bytes(record.salt),
        canonical=bytes(record.canonical),
        leaf_index=index,
        tree_size=newest.size,
        hashes=prove_from_tiles(
            inclusion_spans(index, newest.size),
            size=newest.size,
            reader=StoredTiles(),
            frontier=newest.frontier,
        ),
        checkpoint=newest.note,
    )


def prove_entries(records: Sequence[Record], newest: Checkpoint) -> list[EntryProof | None]:
    """Prove entries under one checkpoint, in order; None for one that it does not cover yet.

    The tiles are read together: as many queries for one entry as for a hundred.
    """
    places = Leaf.objects.filter(entry_id__in=[record.entry_id for record in records], index__lt=newest.size)
    indexes = dict(places.values_list("entry_id", "index"))
    spans = {entry_id: inclusion_spans(index, newest.size) for entry_id, index in indexes.items()}
    known = frontier_nodes(newest.size, newest.frontier)
    needed = {tile for some in spans.values() for tile in tiles_needed(some, size=newest.size, known=known)}
    at_hand = TilesAtHand(StoredTiles().read(needed) if needed else {})
    return [
        EntryProof(
            entry_id=record.entry_id,
            salt=bytes(record.salt),
            canonical=bytes(record.canonical),
            leaf_index=indexes[record.entry_id],
            tree_size=newest.size,
            hashes=prove_from_tiles(spans[record.entry_id], size=newest.size, reader=at_hand, frontier=newest.frontier),
            checkpoint=newest.note,
        )
        if record.entry_id in indexes
        else None
        for record in records
    ]
