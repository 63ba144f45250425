"""The tree, grown again from leaves that were checked, and held against what was stored and signed of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from audit.fork_guard.ended_logs import Signers
from audit.models import Checkpoint, Tile
from audit.signing.checkpoint import TreeHead
from audit.tree.merkle import CompactRange, split_hashes
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import TILE_HEIGHT, TILE_WIDTH, TileAddress, tile_root, width_in_tree
from audit.verification.discrepancy import Altered
from audit.verification.leaf_rows import CheckedRows
from audit.verification.row_checks import check_checkpoint, check_signed_root, check_tile
from audit.verification.verified_part import VerifiedPart


@dataclass(slots=True)
class GrowingTree:
    """Grows the tree of `part`. `unfinished` are, level by level, the hashes that do not fill a tile yet."""

    part: VerifiedPart
    signers: Signers
    kept: Sequence[TreeHead]
    unfinished: list[list[bytes]] = field(init=False)
    _signed: dict[int, Checkpoint] = field(default_factory=dict, init=False)
    _kept: dict[int, list[TreeHead]] = field(default_factory=lambda: defaultdict(list), init=False)
    _tiles: dict[int, Tile] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.unfinished = unfinished_tiles(self.part.tree)
        for head in self.kept:
            self._kept[head.size].append(head)

    @property
    def size(self) -> int:
        return self.part.tree.size

    def add(self, checked: CheckedRows) -> None:
        """Add the leaves of a batch in their order; raise Altered at the first row, tile or checkpoint that is not
        as it was written."""
        hashes = split_hashes(checked.leaf_hashes)
        end = self.size + len(hashes)
        signed = Checkpoint.objects.filter(size__gte=self.size, size__lt=end)
        self._signed = {checkpoint.size: checkpoint for checkpoint in signed}
        full = Tile.objects.filter(level=0, index__gte=self.size >> TILE_HEIGHT, index__lt=end >> TILE_HEIGHT)
        self._tiles = {tile.index: tile for tile in full}
        at = 0
        while at < len(hashes):
            room = TILE_WIDTH - self.size % TILE_WIDTH
            self._add_leaves(hashes[at : at + room])
            at += room
        self.part.counts.erased += checked.erased
        if checked.discrepancy:
            self.check_signed_here()
            raise Altered(checked.discrepancy.kind, checked.discrepancy.where, checked.discrepancy.explanation)

    def check_signed_here(self) -> None:
        """Check what was signed over exactly the leaves so far."""
        self._check_signed(Checkpoint.objects.filter(size=self.size).first(), self.part.tree)

    def _add_leaves(self, hashes: list[bytes]) -> None:
        """Add leaves that lie in one tile of leaves."""
        tree = self.part.tree
        first, end = tree.size, tree.size + len(hashes)
        if not self.unfinished:
            self.unfinished.append([])
        row = self.unfinished[0]
        row += hashes
        grown = tree.copy()
        whole = len(hashes) == TILE_WIDTH and not any(
            size in self._signed or size in self._kept for size in range(first, end)
        )
        if not whole:
            # Leaf by leaf, where somebody signed in between or the tile is filled in parts.
            for one in hashes:
                self._check_signed(self._signed.get(grown.size), grown)
                grown.append(one)
        if len(row) == TILE_WIDTH:
            root = self._full_tile(0, first >> TILE_HEIGHT, row)
            if whole:
                grown.append_subtree(root, level=TILE_HEIGHT)
        self.part.tree = grown
        self.part.counts.leaves += len(hashes)

    def _full_tile(self, level: int, index: int, hashes: list[bytes]) -> bytes:
        """Check a stored tile, and those above that it fills; return its root."""
        tile = self._tiles.get(index) if level == 0 else Tile.objects.filter(level=level, index=index).first()
        if tile is None:
            raise Altered("tile-missing", f"tile {level}/{index}", "The tile was deleted.")
        root = tile_root(b"".join(hashes))
        if bytes(tile.hashes) != b"".join(hashes) or bytes(tile.root) != root:
            check_tile(tile, hashes)
        self.part.counts.tiles += 1
        self.unfinished[level] = []
        if level + 1 == len(self.unfinished):
            self.unfinished.append([])
        above = self.unfinished[level + 1]
        above.append(root)
        if len(above) == TILE_WIDTH:
            self._full_tile(level + 1, index >> TILE_HEIGHT, above)
        return root

    def _check_signed(self, signed: Checkpoint | None, tree: CompactRange) -> None:
        if signed is not None:
            check_checkpoint(signed, tree.root(), self.signers.at(signed.size))
            self.part.counts.checkpoints += 1
        for kept in self._kept.pop(tree.size, ()):
            check_signed_root(f"kept checkpoint over {kept.size} leaves", kept.root, tree.root())


def unfinished_tiles(tree: CompactRange) -> list[list[bytes]]:
    """Read, for each level, the hashes that do not fill a tile yet; raise Altered if they do not give this tree."""
    try:
        rows = _unfinished_rows(tree.size)
        agrees = _tree_of_rows(tree.size, rows).roots == tree.roots
    except KeyError:
        agrees = False
    if not agrees:
        raise Altered(
            "verified-part-altered",
            f"first {tree.size} leaves",
            "They do not give the tree any more that was verified before: leaves or tiles among them were rewritten"
            " or deleted since. Verify the whole log to find which.",
        )
    return rows


def tree_from_tiles(size: int) -> CompactRange:
    """Return the tree of the first `size` leaves as the stored tiles have it. Raise KeyError where one is missing."""
    return _tree_of_rows(size, _unfinished_rows(size))


def _unfinished_rows(size: int) -> list[list[bytes]]:
    rows: list[list[bytes]] = []
    while size >> TILE_HEIGHT * len(rows):
        level = len(rows)
        index = size >> TILE_HEIGHT * (level + 1)
        tile = TileAddress(level, index, width_in_tree(level, index, size))
        rows.append(split_hashes(StoredTiles().read([tile])[tile]) if tile.width else [])
    return rows


def _tree_of_rows(size: int, rows: list[list[bytes]]) -> CompactRange:
    """Put a tree together from its unfinished tiles: each holds the perfect subtrees of eight heights."""
    roots: list[bytes] = []
    for row in reversed(rows):
        partial = CompactRange()
        for one in row:
            partial.append(one)
        roots += partial.roots
    return CompactRange(size, roots)
