"""The log as its readers see it whole: what the service, which only ever adds to it, never needs."""

from collections.abc import Iterable, Iterator

from audit.tree.merkle import CompactRange
from audit.tree.tiles import TILE_HEIGHT, TILE_WIDTH, TileAddress, width_in_tree


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    tree = CompactRange()
    for leaf_hash in leaf_hashes:
        tree.append(leaf_hash)
    return tree.root()


def tiles_of_tree(size: int) -> Iterable[TileAddress]:
    """Every tile of a tree of `size` leaves, lowest level first."""
    level = 0
    while hashes := size >> (TILE_HEIGHT * level):
        for index in range(-(-hashes // TILE_WIDTH)):
            yield TileAddress(level, index, width_in_tree(level, index, size))
        level += 1


def unpack_bundle(bundle: bytes) -> Iterator[bytes]:
    """Yield the data of each leaf, as the reader of a bundle does."""
    at = 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2])
        leaf = bundle[at + 2 : at + 2 + length]
        assert len(leaf) == length, "the bundle is cut off"
        yield leaf
        at += 2 + length
