"""Recomputes a part of the tree at a time, so that after a round everything was looked at again."""

from dataclasses import dataclass

from audit.fork_guard.ended_logs import Signers, past
from audit.models import Checkpoint
from audit.signing.log_keys import LogVerifier
from audit.tree.tiles import TILE_WIDTH
from audit.verification.discrepancy import Altered, Discrepancy
from audit.verification.growing_tree import GrowingTree, tree_from_tiles
from audit.verification.leaf_rows import LEAVES_AT_ONCE, check_rows
from audit.verification.row_checks import check_signed_root
from audit.verification.verified_part import VerifiedPart


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many leaves were due, where the next part begins (0 after the last one), and what was found."""

    leaves: int
    next_leaf: int
    discrepancy: Discrepancy | None


def recompute_part(*, first: int, leaves: int, verifier: LogVerifier) -> Recomputed:
    """Recompute at least `leaves` leaves from `first` on, in whole tiles, up to the newest checkpoint.

    Each against its entry and record, the tiles and checkpoints over them, and that the tiles on the way to the top
    give the newest root that was signed: so no part can be changed by who leaves the others as they are.
    """
    newest = Checkpoint.objects.newest_first().first()
    size = newest.size if newest else 0
    first -= first % TILE_WIDTH
    if first >= size or newest is None:
        first = 0
    end = min(size, first + -(-leaves // TILE_WIDTH) * TILE_WIDTH)
    following = 0 if end >= size else end
    try:
        if newest is not None:
            _check_newest(newest)
        tree = GrowingTree(VerifiedPart(tree=tree_from_tiles(first)), Signers(verifier, past()), ())
        for at in range(first, end, LEAVES_AT_ONCE):
            tree.add(check_rows(at, min(end, at + LEAVES_AT_ONCE)))
        tree.check_signed_here()
    except Altered as altered:
        return Recomputed(end - first, following, altered.discrepancy)
    except KeyError as error:
        missing = f"tiles below leaf {first}"
        return Recomputed(
            end - first,
            following,
            Discrepancy(kind="tile-missing", where=missing, explanation=f"A tile was deleted: {error}."),
        )
    return Recomputed(end - first, following, None)


def _check_newest(newest: Checkpoint) -> None:
    root = tree_from_tiles(newest.size).root()
    check_signed_root(f"checkpoint over {newest.size} leaves", bytes(newest.root), root)
