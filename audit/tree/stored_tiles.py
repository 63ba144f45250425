"""Reads tiles from the database: full ones as they stand, partial ones derived from what is below them."""

from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_

from django.db.models import Q

from audit.models import Leaf, Tile
from audit.tree.merkle import HASH_BYTES
from audit.tree.tiles import TILE_WIDTH, TileAddress


class StoredTiles:
    """A `TileReader`: three queries at most. Full tiles, the leaves of a partial one, and roots for those above."""

    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        full = [tile for tile in tiles if tile.width == TILE_WIDTH]
        stored = Tile.objects.filter(pk__in=[(tile.level, tile.index) for tile in full]) if full else ()
        read = {TileAddress(tile.level, tile.index): bytes(tile.hashes) for tile in stored}
        partial = [tile for tile in tiles if tile.width < TILE_WIDTH]
        for tile in partial:
            if tile.level == 0:
                leaves = Leaf.objects.filter(_below(tile)).order_by("index").values_list("leaf_hash", flat=True)
                read[tile] = b"".join(bytes(leaf) for leaf in leaves)
        read |= _derived([tile for tile in partial if tile.level > 0])
        for tile in tiles:
            if len(read.get(tile, b"")) != tile.width * HASH_BYTES:
                raise KeyError(tile)
        return read


def _derived(tiles: Collection[TileAddress]) -> dict[TileAddress, bytes]:
    """Join the roots of the tiles below each of these: what a partial tile above the leaves consists of."""
    if not tiles:
        return {}
    wanted = reduce(or_, (Q(level=tile.level - 1) & _below(tile) for tile in tiles))
    roots: dict[tuple[int, int], list[bytes]] = {}
    for level, index, root in Tile.objects.filter(wanted).order_by("index").values_list("level", "index", "root"):
        roots.setdefault((level + 1, index // TILE_WIDTH), []).append(bytes(root))
    return {tile: b"".join(roots.get((tile.level, tile.index), [])[: tile.width]) for tile in tiles}


def _below(tile: TileAddress) -> Q:
    first = tile.index * TILE_WIDTH
    return Q(index__gte=first, index__lt=first + tile.width)
