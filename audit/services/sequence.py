"""Give pending entries their place in the tree, and sign what came of it.

Two transactions. The first takes pending rows, writes leaves and full tiles, and moves the head. The second signs
the head that the first has committed: first into the memory outside the database, then into the table that it is
published from. So nothing is published that the memory does not hold, and nothing is in the memory that a crash could
still roll back out of the tree; after a crash between the two the note that the memory holds goes into the table.

Every sequencer locks the head, and gives way if another has it. The lock is not the fence: the head moves by
comparing and setting its size, so that a sequencer that lost the lock without noticing commits nothing. The memory is
compared and set too, against what was read of it before the trees were compared: that fences sequencers that work on
two databases, of which one is a copy of the other.

A pending row that contradicts the log gets no place, stops nobody behind it, and is not taken away either: it is
evidence. `verify_log` names it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.fork_guard.guard import refuse_fork
from audit.fork_guard.known_heads import KnownHead, asked_of_witnesses, known_heads
from audit.fork_guard.last_checkpoint import LastCheckpoint, read_last_checkpoint
from audit.fork_guard.memory import checkpoint_memory
from audit.fork_guard.refusals import LogForked, MemoryMissing
from audit.models import Checkpoint, LogHead, Tile
from audit.monitor.waiting import WaitingRow, waiting_rows
from audit.services.leaf_rows import insert_leaves, take_pending
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer
from audit.signing.log_keys import LogVerifier
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

    Raise a LogRefused where signing would fork the log, MemoryUnavailable while the memory outside the database does
    not answer, LogKeyUnusable without a key, and HeadMoved or MemoryMoved if another sequencer came between.
    """
    grown = _grow_tree(load_signer().verifier, limit=limit)
    if grown is None:
        return Sequenced(added=0, checkpoint=None, gave_way=True)
    added, left_out = grown
    return Sequenced(added=added, checkpoint=sign_head(), left_out=left_out)


def compare_with_witnesses() -> None:
    """Ask every witness what it saw of this log, and raise a LogRefused where the database contradicts it.

    For the start: it takes as long as they do. What they sign afterwards is kept, and compared at every tick.
    """
    verifier, head = load_signer().verifier, LogHead.objects.get()
    refuse_fork(asked_of_witnesses(verifier), size=head.size, root_at=lambda size: root_of(head, size))


@transaction.atomic
def _grow_tree(verifier: LogVerifier, *, limit: int) -> tuple[int, tuple[UUID, ...]] | None:
    head = lock_head()
    if head is None:
        return None
    # A restored database may not even hand out places: they were handed out, to other entries.
    _refuse_fork(head, verifier, read_last_checkpoint(verifier))
    # Whatever is committed, in any order. A position remembered in a sequence of ids would pass over the entry
    # of a transaction that began earlier and committed later.
    pending, left_out = _placeable_rows(limit)
    if pending:
        place_rows(head, pending)
    return len(pending), left_out


def place_rows(head: LogHead, rows: Sequence[WaitingRow]) -> None:
    """Give rows their leaves at the end of the tree, in their order, in the transaction that holds the lock of `head`.

    Raise HeadMoved if the tree no longer ends where the head says.
    """
    leaf_hashes = [hash_leaf(row.commitment) for row in rows]
    tiles = tiles_filled(old_size=head.size, leaf_hashes=leaf_hashes, reader=StoredTiles())
    tree = tree_of(head)
    for leaf_hash in leaf_hashes:
        tree.append(leaf_hash)

    entry_ids = [row.entry_id for row in rows]
    insert_leaves(head.size, entry_ids, leaf_hashes)
    Tile.objects.bulk_create(Tile(**asdict(tile)) for tile in tiles)
    taken = take_pending(entry_ids)
    moved = LogHead.objects.filter(size=head.size).update(size=tree.size, frontier=tree.to_bytes())
    if taken != len(rows) or not moved:
        raise HeadMoved(f"the tree no longer ends at {head.size}")


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
def sign_head() -> str | None:
    """Sign the tree as it is committed; None if somebody did, or does. Raise as `sequence_pending` does."""
    head = lock_head()
    if head is None or Checkpoint.objects.filter(size=head.size).exists():
        return None
    # Read with the head locked: a key comes into use and goes out of use between two checkpoints, never within one.
    signer = load_signer()
    last = read_last_checkpoint(signer.verifier)
    _refuse_fork(head, signer.verifier, last)
    signed, now = TreeHead(settings.LOG_ORIGIN, head.size, tree_of(head).root()), datetime.now(UTC)
    if last is not None and last.head == signed:
        note = last.kept.note
    else:
        note = sign_checkpoint(signed, signer, at=now)
        checkpoint_memory().replace(note, expected=last.kept if last else None)
    Checkpoint.objects.create(size=signed.size, root=signed.root, note=note, at=now)
    return note


def lock_head() -> LogHead | None:
    """Lock the head until the transaction ends; None if another sequencer has it. On SQLite the file is locked."""
    return LogHead.objects.select_for_update(skip_locked=True).first()


def tree_of(head: LogHead) -> CompactRange:
    return CompactRange.from_bytes(head.size, bytes(head.frontier))


def root_of(head: LogHead, size: int) -> bytes:
    """Compute the root over the first `size` leaves of the tree that ends at `head`. Raise LogForked if that fails."""
    try:
        return tree_of(head).root() if size == head.size else root_from_tiles(size=size, reader=StoredTiles())
    except (KeyError, ValueError) as error:
        raise LogForked(
            f"The tree in the database has no root over {size} leaves any more: something was taken out of it. Nothing"
            " is signed. Run manage.py verify_log: it names the first row that was changed."
        ) from error


def _refuse_fork(head: LogHead, verifier: LogVerifier, last: LastCheckpoint | None) -> None:
    if last is None and Checkpoint.objects.exists():
        raise MemoryMissing(
            f"The database holds checkpoints, but {checkpoint_memory().place} does not exist. Without it a restored"
            " backup cannot be told from the log itself, so nothing is signed. Bring it back: from the machine that"
            " signed before, or from its backup. If it is lost for good, hold the database against a checkpoint that"
            " somebody else keeps, and run manage.py keep_last_checkpoint."
        )

    @cache
    def root_at(size: int) -> bytes:
        return root_of(head, size)

    # The memory first: after a restore it says the most, and what it says is the safest.
    if last is not None and last.head is not None:
        refuse_fork([KnownHead(last.head, checkpoint_memory().place)], size=head.size, root_at=root_at)
    refuse_fork(known_heads(verifier), size=head.size, root_at=root_at)
