"""Recompute the whole log from its rows, and name the first row that cannot be as it was written.

Reads in batches by key, so that memory stays the same for any log, and takes no lock: rows of the log never change,
so what a running sequencer adds meanwhile disturbs nothing. Works on a copy as well as on the log in use. It can stop
after any batch and go on later: see `VerifiedPart`.

A discrepancy says what the rows show. Who rewrites a record, its commitment, its leaf, every tile above it and the
head leaves rows that agree with each other; then only a signed checkpoint tells, and the discrepancy names the leaves
between two checkpoints.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Max, Model, OuterRef, Q, QuerySet, Subquery

from audit.fork_guard.ended_logs import Signers, past
from audit.models import Checkpoint, Leaf, LoggedEntry, LogHead, Pending, Record, Tile
from audit.signing.checkpoint import TreeHead
from audit.signing.log_keys import LogVerifier
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import TILE_HEIGHT, root_from_tiles
from audit.verification.discrepancy import Altered, Discrepancy
from audit.verification.ended_logs import check_statements, lost_heads, refuse_lost, stated_heads
from audit.verification.erasures import check_erasures, check_missing_record, erasures_of
from audit.verification.growing_tree import GrowingTree
from audit.verification.leaf_rows import LEAVES_AT_ONCE, CheckedRows, check_rows
from audit.verification.row_checks import check_record, check_signed_root
from audit.verification.timestamps import check_timestamps
from audit.verification.verified_part import Counts, VerifiedPart

BATCH = 8192

Row = TypeVar("Row", bound=Model)
Progress = Callable[[int, int], None]
Keep = Callable[[VerifiedPart], None]


@dataclass(slots=True, kw_only=True)
class Verification(Counts):
    """How much was recomputed, and the first discrepancy; None if everything is as it was written."""

    discrepancy: Discrepancy | None = None


def verify_log(
    *,
    verifier: LogVerifier,
    kept: Sequence[TreeHead] = (),
    part: VerifiedPart | None = None,
    progress: Progress | None = None,
    keep: Keep | None = None,
    executor: Executor | None = None,
) -> Verification:
    """Recompute everything that comes after `part`, up to the first discrepancy.

    `kept` are tree heads from checkpoints that somebody kept elsewhere, and whose signature was checked. `progress`
    is called with the number of leaves done and of all leaves. `keep` is given the part after every batch; it may raise
    to stop there. `executor` runs `check_rows` in other processes.
    """
    part = part or VerifiedPart()
    discrepancy = None
    try:
        before = past()
        lost = lost_heads(kept, before)
        if part.stage == "leaves":
            head = LogHead.objects.first()
            if head is None:
                raise Altered("head-missing", "log head", "The row of the log head was deleted.")
            left = [one for one in kept if one not in lost]
            signers = Signers(verifier, before)
            _check_leaves(head, part, signers, [*left, *stated_heads(before)], progress, keep, executor)
            check_statements(before)
            _check_nothing_beyond(left)
            _stage_done(part, keep)
        for stage, check in (
            ("entries", _check_entries_without_leaf),
            ("records", _check_records_have_entries),
            ("pending", _check_pending_rows),
        ):
            if part.stage == stage:
                check(part, keep)
                _stage_done(part, keep)
        check_erasures()
        part.counts.timestamps = check_timestamps()
        refuse_lost(lost, before)
    except Altered as altered:
        discrepancy = altered.discrepancy
    counts = part.counts
    return Verification(
        leaves=counts.leaves,
        tiles=counts.tiles,
        checkpoints=counts.checkpoints,
        erased=counts.erased,
        pending=counts.pending,
        timestamps=counts.timestamps,
        discrepancy=discrepancy,
    )


def _stage_done(part: VerifiedPart, keep: Keep | None) -> None:
    part.next_stage()
    if keep:
        keep(part)


def _check_leaves(
    head: LogHead,
    part: VerifiedPart,
    signers: Signers,
    kept: Sequence[TreeHead],
    progress: Progress | None,
    keep: Keep | None,
    executor: Executor | None,
) -> None:
    if part.tree.size > head.size:
        raise Altered(
            "log-cut-off",
            f"first {part.tree.size} leaves",
            f"They were verified before, and the log has {head.size}: the last ones were deleted, or an older backup"
            " was restored.",
        )
    _check_kept_within(part.tree.size, kept)
    tree = GrowingTree(part, signers, kept)
    for checked in _checked_rows(tree.size, head.size, executor):
        tree.add(checked)
        if progress:
            progress(tree.size, head.size)
        if keep:
            keep(part)
    tree.check_signed_here()
    if bytes(head.frontier) != part.tree.to_bytes():
        raise Altered("head-altered", f"log head at {head.size}", "The frontier is not that of the leaves.")


def _checked_rows(start: int, size: int, executor: Executor | None) -> Iterator[CheckedRows]:
    """Yield the leaves in their order; with an executor it checks some batches ahead."""
    batches = [
        (max(start, first), min(first + LEAVES_AT_ONCE, size))
        for first in range(start - start % LEAVES_AT_ONCE, size, LEAVES_AT_ONCE)
    ]
    if executor is None:
        for first, end in batches:
            yield check_rows(first, end)
        return
    ahead = deque(executor.submit(check_rows, *batch) for batch in batches[:4])
    for batch in batches[4:]:
        yield ahead.popleft().result()
        ahead.append(executor.submit(check_rows, *batch))
    while ahead:
        yield ahead.popleft().result()


def _check_kept_within(size: int, kept: Sequence[TreeHead]) -> None:
    """Check kept checkpoints over leaves that are not recomputed this time: by the tiles above them."""
    for head in kept:
        if 0 < head.size < size:
            try:
                root = root_from_tiles(size=head.size, reader=StoredTiles())
            except KeyError:
                root = b""
            check_signed_root(f"kept checkpoint over {head.size} leaves", head.root, root)


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


def _check_entries_without_leaf(part: VerifiedPart, keep: Keep | None) -> None:
    """Check the entries that wait. A batch is one statement, so that none is seen between waiting and placed."""
    of_leaf = Leaf.objects.filter(entry_id=OuterRef("id"))
    of_pending = Pending.objects.filter(entry_id=OuterRef("id"))
    # `waiting` is the pending commitment, or None. Values and no joins: see `waiting_rows`.
    entries: QuerySet[Any] = LoggedEntry.objects.annotate(
        place=Subquery(of_leaf.values("index")), waiting=Subquery(of_pending.values("commitment"))
    )
    for batch in _batches(LoggedEntry.objects.all(), "id", part, keep):
        unplaced = list(entries.filter(batch, place=None).order_by("id"))
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
                part.counts.erased += 1
            part.counts.pending += 1


def _check_records_have_entries(part: VerifiedPart, keep: Keep | None) -> None:
    records: QuerySet[Any] = Record.objects.annotate(known=_entry_of_row())
    for batch in _batches(Record.objects.all(), "entry_id", part, keep):
        orphan = records.filter(batch, known=None).order_by("entry_id").values_list("entry_id", flat=True).first()
        if orphan is not None:
            raise Altered("entry-missing", f"record of {orphan}", "Its entry was deleted.")


def _check_pending_rows(part: VerifiedPart, keep: Keep | None) -> None:
    """Find the rows that the sequencer leaves out. Those of entries without a leaf were compared with them already."""
    rows: QuerySet[Any] = Pending.objects.annotate(
        known=_entry_of_row(), place=Subquery(Leaf.objects.filter(entry_id=OuterRef("entry_id")).values("index"))
    )
    part.since = None  # few, and an old one is as good as a young one
    for batch in _batches(Pending.objects.all(), "entry_id", part, keep):
        for row in rows.filter(batch).order_by("entry_id"):
            where = f"pending row of {row.entry_id}"
            if row.known is None:
                raise Altered(
                    "entry-missing",
                    where,
                    "Its entry was deleted, or the row was put in behind the back of the service.",
                )
            if row.place is not None:
                raise Altered(
                    "pending-with-leaf",
                    where,
                    "Its entry has a leaf already, and the sequencer takes the row away when it gives one: the row was"
                    " put in behind the back of the service.",
                )


def _entry_of_row() -> Subquery:
    return Subquery(LoggedEntry.objects.filter(id=OuterRef("entry_id")).values("id"))


def _batches(rows: "QuerySet[Row]", key: str, part: VerifiedPart, keep: Keep | None) -> Iterator[Q]:
    """Yield the conditions that cut rows into batches in the order of their key, without reading more than the key."""
    keys = rows.order_by(key).values_list(key, flat=True)
    if part.since is not None:
        keys = keys.filter(**{f"{key}__gte": part.since})
    while True:
        following = keys if part.after is None else keys.filter(**{f"{key}__gt": part.after})
        first = following.first()
        if first is None:
            return
        last: UUID = following[BATCH - 1 : BATCH].first() or following.reverse()[0]
        yield Q(**{f"{key}__gte": first, f"{key}__lte": last})
        part.after = last
        if keep:
            keep(part)
