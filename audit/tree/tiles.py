"""Tiles: the tree cut into blocks of 256 hashes that never change once full (C2SP tlog-tiles).

Tile (level, index) holds the roots of 256 consecutive subtrees of 256^level leaves each. A tile that is not full
yet is *partial*; it is served under its width and derived when asked for.
"""

import re
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.tree.merkle import HASH_BYTES, Node, Span, frontier_nodes, hash_pair, perfect_subtrees, prove, split_hashes

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
FULL_TILE_BYTES = TILE_WIDTH * HASH_BYTES

# Three digits a group, all but the last prefixed by x, no group of zeros in front: each number has one path.
# Seven groups hold every number of 63 bits; a path of thousands would be a number that Python refuses to read.
INDEX_PATTERN = r"(?:x(?!000/)[0-9]{3}/(?:x[0-9]{3}/){0,5})?[0-9]{3}"
_INDEX = re.compile(INDEX_PATTERN)


@dataclass(frozen=True, slots=True)
class TileAddress:
    """A tile as a tree has it: `width` is 256 for a full one, 1 to 255 for a partial one."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Where tlog-tiles serves it, below the prefix of the log."""
        return f"tile/{self.level}/{index_path(self.index)}{partial_suffix(self.width)}"


class TileReader(Protocol):
    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        """Return the hashes of each tile, joined. Raise KeyError for one that the log does not hold."""
        ...


def index_path(index: int) -> str:
    """Write 1234067 as `x001/x234/067`."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))


def read_index_path(path: str) -> int:
    """Read back what `index_path` writes. Raise ValueError for any other spelling."""
    if not _INDEX.fullmatch(path):
        raise ValueError(f"{path!r} is no tile index")
    return int(path.replace("x", "").replace("/", ""))


def partial_suffix(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"


def width_in_tree(level: int, index: int, size: int) -> int:
    """How many hashes tile (level, index) has in a tree of `size` leaves: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH))


def tile_root(hashes: bytes) -> bytes:
    """Hash a full tile into the one hash that it contributes to the level above."""
    return _perfect_root(hashes, 0, TILE_WIDTH)


@dataclass(frozen=True, slots=True)
class FullTile:
    level: int
    index: int
    hashes: bytes
    root: bytes


def tiles_filled(*, old_size: int, leaf_hashes: Sequence[bytes], reader: TileReader) -> list[FullTile]:
    """Return the tiles that become full when leaves are added to a tree of `old_size`.

    Reads at most one partial tile a level, and only on levels where a tile fills up.
    """
    new_size = old_size + len(leaf_hashes)
    filled: list[FullTile] = []
    added = list(leaf_hashes)
    level = 0
    while (first := old_size >> TILE_HEIGHT * (level + 1)) < new_size >> TILE_HEIGHT * (level + 1):
        partial = TileAddress(level, first, width_in_tree(level, first, old_size))
        row = [*(split_hashes(reader.read([partial])[partial]) if partial.width else ()), *added]
        full = [_full_tile(level, first + at, row[at * TILE_WIDTH :]) for at in range(len(row) // TILE_WIDTH)]
        filled += full
        added = [tile.root for tile in full]
        level += 1
    return filled


def prove_from_tiles(
    spans: Iterable[Span], *, size: int, reader: TileReader, frontier: bytes | None = None
) -> list[bytes]:
    """Hash the spans of a proof in a tree of `size` leaves from its tiles, all read at once.

    At most two tiles a level are needed, so the work grows with the logarithm of the log; one a level with the
    `frontier` of the tree, as `CompactRange.to_bytes` writes it.
    """
    spans = list(spans)
    known = frontier_nodes(size, frontier)
    needed = tiles_needed(spans, size=size, known=known)
    read = reader.read(needed) if needed else {}

    def hash_of(node: Node) -> bytes:
        if node in known:
            return known[node]
        height = node.level % TILE_HEIGHT
        tile = _tile_of(node, size)
        return _perfect_root(read[tile], (node.index << height) % TILE_WIDTH, 1 << height)

    return prove(spans, hash_of)


def tiles_needed(spans: Iterable[Span], *, size: int, known: Container[Node] = ()) -> set[TileAddress]:
    """Return the tiles of a tree of `size` leaves that a proof by these spans is made from, but for `known` nodes."""
    return {_tile_of(node, size) for span in spans for node in perfect_subtrees(span) if node not in known}


class TilesAtHand:
    """A `TileReader` of tiles that were read before, for several proofs that share them."""

    def __init__(self, read: Mapping[TileAddress, bytes]) -> None:
        self._read = read

    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        return {tile: self._read[tile] for tile in tiles}


def root_from_tiles(*, size: int, reader: TileReader) -> bytes:
    """Compute the root of the tree of the first `size` leaves from tiles."""
    return prove_from_tiles([Span(0, size)], size=size, reader=reader)[0]


def _tile_of(node: Node, size: int) -> TileAddress:
    level, height = divmod(node.level, TILE_HEIGHT)
    index = (node.index << height) >> TILE_HEIGHT
    return TileAddress(level, index, width_in_tree(level, index, size))


def _full_tile(level: int, index: int, row: Sequence[bytes]) -> FullTile:
    hashes = b"".join(row[:TILE_WIDTH])
    return FullTile(level, index, hashes, tile_root(hashes))


def _perfect_root(hashes: bytes, first: int, width: int) -> bytes:
    # Two hashes of one parent stand beside each other, so no row is cut into its hashes.
    row = hashes[first * HASH_BYTES : (first + width) * HASH_BYTES]
    while len(row) > HASH_BYTES:
        row = b"".join([hash_pair(row[at : at + 2 * HASH_BYTES]) for at in range(0, len(row), 2 * HASH_BYTES)])
    return row
