"""Recompute the whole log from its rows, and name the first row that cannot be as it was written.

Reads in batches by key, so that memory stays the same for any log, and takes no lock: rows of the log never change,
so what a running sequencer adds meanwhile disturbs nothing. Works on a copy as well as on the log in use.

A discrepancy says what the rows show. Who rewrites a record, its commitment, its leaf, every tile above it and the
head leaves rows that agree with each other; then only a signed checkpoint tells, and the discrepancy names the leaves
between two checkpoints.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Exists, Max, Model, OuterRef, QuerySet, Subquery

from audit.fork_guard.ended_logs import Past, past
from audit.models import Checkpoint, Leaf, LoggedEntry, LogHead, Pending, Record, Tile
from audit.signing.checkpoint import TreeHead
from audit.signing.log_keys import LogVerifier
from audit.tree.merkle import CompactRange
from audit.tree.tiles import TILE_HEIGHT, TILE_WIDTH
from audit.verification.discrepancy import Altered, Discrepancy
from audit.verification.ended_logs import check_statements, lost_heads, refuse_lost, stated_heads
from audit.verification.erasures import check_erasures, check_missing_record, erasures_of
from audit.verification.row_checks import check_checkpoint, check_leaf, check_record, check_signed_root, check_tile
from audit.verification.timestamps import check_timestamps

BATCH = 1024

Row = TypeVar("Row", bound=Model)
Progress = Callable[[int, int], None]


@dataclass(slots=True, kw_only=True)
class Verification:
    """How much was recomputed, and the first discrepancy; None if everything is as it was written.

    `erased` counts entries whose record was erased: their proofs still hold, what they said is gone by rule.
    """

    leaves: int = 0
    tiles: int = 0
    checkpoints: int = 0
    erased: int = 0
    pending: int = 0
    timestamps: int = 0
    discrepancy: Discrepancy | None = None


def verify_log(
    *, verifier: LogVerifier, kept: Sequence[TreeHead] = (), progress: Progress | None = None
) -> Verification:
    """Recompute everything, up to the first discrepancy.

    `kept` are tree heads from checkpoints that somebody kept elsewhere, and whose signature was checked. `progress`
    is called with the number of leaves done and of all leaves.
    """
    verification = Verification()
    try:
        head = LogHead.objects.first()
        if head is None:
            raise Altered("head-missing", "log head", "The row of the log head was deleted.")
        before = past()
        lost = lost_heads(kept, before)
        left = [one for one in kept if one not in lost]
        heads = sorted([*left, *stated_heads(before)], key=lambda one: one.size)
        _Tree(verification, verifier, heads, before).check(head, progress)
        check_statements(before)
        _check_nothing_beyond(left)
        _check_entries_without_leaf(verification)
        _check_records_have_entries()
        _check_pending_rows()
        check_erasures()
        verification.timestamps = check_timestamps()
        refuse_lost(lost, before)
    except Altered as altered:
        verification.discrepancy = altered.discrepancy
    return verification


@dataclass(slots=True)
class _Tree:
    """The tree, grown again leaf by leaf, with what was stored of it on the way."""

    done: Verification
    verifier: LogVerifier
    kept: list[TreeHead]
    past: Past
    grown: CompactRange = field(default_factory=CompactRange)
    unfinished_tiles: list[list[bytes]] = field(default_factory=list)

    def check(self, head: LogHead, progress: Progress | None) -> None:
        checkpoints = _one_by_one(Checkpoint.objects.filter(size__lte=head.size), "size", after=-1)
        signed = self.check_signed(next(checkpoints, None), checkpoints)
        for batch in _batches(Leaf.objects.filter(index__lt=head.size), "index", after=-1):
            entry_ids = [leaf.entry_id for leaf in batch]
            entries = LoggedEntry.objects.in_bulk(entry_ids)
            records = Record.objects.in_bulk(entry_ids)
            erasures = erasures_of([one for one in entry_ids if one not in records])
            for leaf in batch:
                if leaf.index != self.grown.size:
                    break
                check_leaf(leaf, entries.get(leaf.entry_id), records.get(leaf.entry_id))
                if leaf.entry_id not in records:
                    check_missing_record(leaf.entry_id, erasures)
                    self.done.erased += 1
                self.add(bytes(leaf.leaf_hash))
                signed = self.check_signed(signed, checkpoints)
            if progress:
                progress(self.grown.size, head.size)
        if self.grown.size < head.size:
            raise Altered(
                "leaf-missing",
                f"leaf {self.grown.size}",
                f"The log has {head.size} leaves, and this one was deleted.",
            )
        if bytes(head.frontier) != self.grown.to_bytes():
            raise Altered("head-altered", f"log head at {head.size}", "The frontier is not that of the leaves.")

    def add(self, leaf_hash: bytes) -> None:
        self.add_to_tile(0, leaf_hash)
        self.grown.append(leaf_hash)
        self.done.leaves += 1

    def add_to_tile(self, level: int, hashed: bytes) -> None:
        """Collect the hashes of a level; every 256 are a tile, and its root is a hash of the level above."""
        if level == len(self.unfinished_tiles):
            self.unfinished_tiles.append([])
        hashes = self.unfinished_tiles[level]
        hashes.append(hashed)
        if len(hashes) == TILE_WIDTH:
            index = self.grown.size >> TILE_HEIGHT * (level + 1)
            tile = Tile.objects.filter(level=level, index=index).first()
            if tile is None:
                raise Altered("tile-missing", f"tile {level}/{index}", "The tile was deleted.")
            check_tile(tile, hashes)
            self.done.tiles += 1
            self.unfinished_tiles[level] = []
            self.add_to_tile(level + 1, bytes(tile.root))

    def check_signed(self, signed: Checkpoint | None, following: Iterator[Checkpoint]) -> Checkpoint | None:
        """Check what was signed over the tree as it is now; return the checkpoint that comes next."""
        if signed is not None and signed.size == self.grown.size:
            check_checkpoint(signed, self.grown.root(), self.past.verifier_at(signed.size, self.verifier))
            self.done.checkpoints += 1
            signed = next(following, None)
        while self.kept and self.kept[0].size == self.grown.size:
            kept = self.kept.pop(0)
            check_signed_root(f"kept checkpoint over {kept.size} leaves", kept.root, self.grown.root())
        return signed


def _check_nothing_beyond(kept: Sequence[TreeHead]) -> None:
    """Find what stands after the end. The head is read last, so that nothing just added is taken for that."""
    last_leaf = Leaf.objects.aggregate(last=Max("index"))["last"]
    last_tiles = list(Tile.objects.values("level").annotate(last=Max("index")).order_by("level"))
    last_checkpoint = Checkpoint.objects.aggregate(last=Max("size"))["last"]
    size = LogHead.objects.get().size
    if last_leaf is not None and last_leaf >= size:
        raise Altered("leaf-beyond-head", f"leaf {last_leaf}", f"The head says {size}: it was set back.")
    for tile in last_tiles:
        if tile["last"] >= size >> TILE_HEIGHT * (tile["level"] + 1):
            raise Altered("tile-beyond-head", f"tile {tile['level']}/{tile['last']}", "It has no leaves.")
    if last_checkpoint is None and kept:
        raise Altered(
            "checkpoint-missing",
            f"checkpoint over {max(head.size for head in kept)} leaves",
            "It is kept elsewhere, and here there is none at all: they were deleted.",
        )
    for signed in (last_checkpoint or 0, *(head.size for head in kept)):
        if signed > size:
            raise Altered(
                "log-cut-off",
                f"checkpoint over {signed} leaves",
                f"The log has {size} leaves: the last ones were deleted, or an older backup was restored.",
            )


def _check_entries_without_leaf(done: Verification) -> None:
    """Check the entries that wait. A batch is one statement, so that none is seen between waiting and placed."""
    # Each row has, beside its own columns, `placed` (bool) and `waiting` (the pending commitment, or None).
    entries: QuerySet[Any] = LoggedEntry.objects.annotate(
        placed=Exists(Leaf.objects.filter(entry_id=OuterRef("id"))),
        waiting=Subquery(Pending.objects.filter(entry_id=OuterRef("id")).values("commitment")),
    )
    for batch in _batches(entries, "id"):
        unplaced = [entry for entry in batch if not entry.placed]
        records = Record.objects.in_bulk([entry.id for entry in unplaced])
        erasures = erasures_of([entry.id for entry in unplaced if entry.id not in records])
        for entry in unplaced:
            if entry.waiting is None:
                raise Altered(
                    "entry-outside-log",
                    f"entry {entry.id}",
                    "It has no leaf and does not wait for one: its leaf or its pending row was deleted, or the entry"
                    " was put in behind the back of the service.",
                )
            if bytes(entry.waiting) != bytes(entry.commitment):
                raise Altered("pending-altered", f"entry {entry.id}", "It waits under another commitment.")
            if record := records.get(entry.id):
                check_record(record, entry)
            else:
                check_missing_record(entry.id, erasures)
                done.erased += 1
            done.pending += 1


def _check_records_have_entries() -> None:
    records: QuerySet[Any] = Record.objects.only("entry_id").annotate(known=_entry_exists())
    for record in _one_by_one(records, "entry_id"):
        if not record.known:
            raise Altered("entry-missing", f"record of {record.entry_id}", "Its entry was deleted.")


def _check_pending_rows() -> None:
    """Find the rows that the sequencer leaves out. Those of entries without a leaf were compared with them already."""
    rows: QuerySet[Any] = Pending.objects.annotate(
        known=_entry_exists(), placed=Exists(Leaf.objects.filter(entry_id=OuterRef("entry_id")))
    )
    for row in _one_by_one(rows, "entry_id"):
        where = f"pending row of {row.entry_id}"
        if not row.known:
            raise Altered(
                "entry-missing",
                where,
                "Its entry was deleted, or the row was put in behind the back of the service.",
            )
        if row.placed:
            raise Altered(
                "pending-with-leaf",
                where,
                "Its entry has a leaf already, and the sequencer takes the row away when it gives one: the row was put"
                " in behind the back of the service.",
            )


def _entry_exists() -> Exists:
    return Exists(LoggedEntry.objects.filter(id=OuterRef("entry_id")))


def _batches(rows: "QuerySet[Row]", key: str, *, after: int | None = None) -> Iterator[list[Row]]:
    """Read rows in the order of their key, each batch where the last one ended; with `after`, only higher keys."""
    ordered = rows.order_by(key)
    following = ordered if after is None else ordered.filter(**{f"{key}__gt": after})
    while batch := list(following[:BATCH]):
        yield batch
        following = ordered.filter(**{f"{key}__gt": getattr(batch[-1], key)})


def _one_by_one(rows: "QuerySet[Row]", key: str, *, after: int | None = None) -> Iterator[Row]:
    for batch in _batches(rows, key, after=after):
        yield from batch
