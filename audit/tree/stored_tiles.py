"""Reads tiles from the database: full ones as they stand, partial ones derived from what is below them."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from audit.models import Leaf, Tile
from audit.tree.merkle import HASH_BYTES
from audit.tree.tiles import TILE_WIDTH, TileAddress


class StoredTiles:
    """A `TileReader`: one query for all full tiles together, and one for each partial tile."""

    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        full = [tile for tile in tiles if tile.width == TILE_WIDTH]
        stored = Tile.objects.filter(pk__in=[(tile.level, tile.index) for tile in full]) if full else ()
        read = {TileAddress(tile.level, tile.index): bytes(tile.hashes) for tile in stored}
        for tile in tiles:
            if tile.width < TILE_WIDTH:
                read[tile] = self._derive(tile)
            elif tile not in read:
                raise KeyError(tile)
        return read

    def _derive(self, tile: TileAddress) -> bytes:
        hashes = b"".join(bytes(row) for row in self._row_below(tile))
        if len(hashes) != tile.width * HASH_BYTES:
            raise KeyError(tile)
        return hashes

    def _row_below(self, tile: TileAddress) -> "QuerySet[Any, bytes | memoryview[int]]":
        first = tile.index * TILE_WIDTH
        wanted = {"index__gte": first, "index__lt": first + tile.width}
        if tile.level == 0:
            return Leaf.objects.filter(**wanted).order_by("index").values_list("leaf_hash", flat=True)
        below = Tile.objects.filter(level=tile.level - 1, **wanted)
        return below.order_by("index").values_list("root", flat=True)
