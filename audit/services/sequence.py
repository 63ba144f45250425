"""Give pending entries their place in the tree, and sign what came of it.

Two transactions. The first takes pending rows, writes leaves and full tiles, and moves the head. The second signs
the head that the first has committed: first into the file outside the database, then into the table that it is
published from. So nothing is published that the file does not remember, and nothing is in the file that a crash
could still roll back out of the tree; a crash between the two signs the same head again.

Every sequencer locks the head, and gives way if another has it. The lock is not the fence: the head moves by
comparing and setting its size, so that a sequencer that lost the lock without noticing commits nothing.

A pending row that contradicts the log gets no place, stops nobody behind it, and is not taken away either: it is
evidence. `verify_log` names it.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.fork_guard.last_checkpoint import keep_last_checkpoint, read_last_checkpoint, refuse_fork
from audit.models import Checkpoint, LogHead, Tile
from audit.monitor.waiting import WaitingRow, waiting_rows
from audit.services.leaf_rows import insert_leaves, take_pending
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer
from audit.signing.log_keys import LogSigner
from audit.tree.merkle import CompactRange, hash_leaf
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import root_from_tiles, tiles_filled


class HeadMoved(Exception):
    """Another sequencer moved the head meanwhile. Everything of this one was rolled back."""


@dataclass(frozen=True, slots=True)
class Sequenced:
    """One tick: how many leaves it `added`, the `checkpoint` if a new one was signed, and whether it gave way.

    `left_out` are the entry ids of pending rows that can get no place, as far as it came across them.
    """

    added: int
    checkpoint: str | None
    left_out: tuple[UUID, ...] = ()
    gave_way: bool = False


def sequence_pending(*, limit: int) -> Sequenced:
    """Add at most `limit` pending entries to the tree, and sign a checkpoint if there is something new.

    Raise LogBehindCheckpoint or LogForked where signing would fork the log, LogKeyUnusable without a key, and
    HeadMoved if another sequencer slipped through the lock.
    """
    signer = load_signer()
    grown = _grow_tree(signer, limit=limit)
    if grown is None:
        return Sequenced(added=0, checkpoint=None, gave_way=True)
    added, left_out = grown
    return Sequenced(added=added, checkpoint=_sign_head(), left_out=left_out)


@transaction.atomic
def _grow_tree(signer: LogSigner, *, limit: int) -> tuple[int, tuple[UUID, ...]] | None:
    head = _lock_head()
    if head is None:
        return None
    # A restored database may not even hand out places: they were handed out, to other entries.
    _refuse_fork(head, signer)
    # Whatever is committed, in any order. A position remembered in a sequence of ids would pass over the entry
    # of a transaction that began earlier and committed later.
    pending, left_out = _placeable_rows(limit)
    if not pending:
        return 0, left_out
    leaf_hashes = [hash_leaf(row.commitment) for row in pending]
    tiles = tiles_filled(old_size=head.size, leaf_hashes=leaf_hashes, reader=StoredTiles())
    tree = _tree(head)
    for leaf_hash in leaf_hashes:
        tree.append(leaf_hash)

    entry_ids = [row.entry_id for row in pending]
    insert_leaves(head.size, entry_ids, leaf_hashes)
    Tile.objects.bulk_create(Tile(**asdict(tile)) for tile in tiles)
    taken = take_pending(entry_ids)
    moved = LogHead.objects.filter(size=head.size).update(size=tree.size, frontier=tree.to_bytes())
    if taken != len(pending) or not moved:
        raise HeadMoved(f"the tree no longer ends at {head.size}")
    return len(pending), left_out


def _placeable_rows(limit: int) -> tuple[list[WaitingRow], tuple[UUID, ...]]:
    """Return at most `limit` rows that can get a place, and the ids of those in front of them that cannot."""
    placeable: list[WaitingRow] = []
    left_out: list[UUID] = []
    after: UUID | None = None
    while len(placeable) < limit and (rows := waiting_rows(limit=limit, after=after)):
        placeable += [row for row in rows if row.is_placeable]
        left_out += [row.entry_id for row in rows if not row.is_placeable]
        after = rows[-1].entry_id
    return placeable[:limit], tuple(left_out)


@transaction.atomic
def _sign_head() -> str | None:
    head = _lock_head()
    if head is None or Checkpoint.objects.filter(size=head.size).exists():
        return None
    # Read with the head locked: a key comes into use and goes out of use between two checkpoints, never within one.
    signer = load_signer()
    _refuse_fork(head, signer)
    root, now = _tree(head).root(), datetime.now(UTC)
    note = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, head.size, root), signer, at=now)
    keep_last_checkpoint(Path(settings.LOG_LAST_CHECKPOINT_FILE), note)
    Checkpoint.objects.create(size=head.size, root=root, note=note, at=now)
    return note


def _lock_head() -> LogHead | None:
    """Lock the head until the transaction ends; None if another sequencer has it. On SQLite the file is locked."""
    return LogHead.objects.select_for_update(skip_locked=True).first()


def _tree(head: LogHead) -> CompactRange:
    return CompactRange.from_bytes(head.size, bytes(head.frontier))


def _refuse_fork(head: LogHead, signer: LogSigner) -> None:
    def root_at(size: int) -> bytes:
        return _tree(head).root() if size == head.size else root_from_tiles(size=size, reader=StoredTiles())

    last = read_last_checkpoint(Path(settings.LOG_LAST_CHECKPOINT_FILE), signer.verifier)
    refuse_fork(last, size=head.size, root_at=root_at)
