"""Reads tiles from the database: full ones as they stand, partial ones derived from what is below them."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F, QuerySet, Value

from audit.models import Leaf, Tile
from audit.tree.merkle import HASH_BYTES
from audit.tree.tiles import TILE_WIDTH, TileAddress


class StoredTiles:
    """A `TileReader`: one query for all tiles together, because a proof waits longer for queries than for rows."""

    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        asked = list(tiles)
        rows = [_rows_of(tile, number) for number, tile in enumerate(asked)]
        found: list[list[tuple[int, bytes]]] = [[] for _ in asked]
        if rows:
            for number, index, hashes in rows[0].union(*rows[1:], all=True) if len(rows) > 1 else rows[0]:
                found[number].append((index, bytes(hashes)))
        read = {
            tile: b"".join(hashes for _index, hashes in sorted(one)) for tile, one in zip(asked, found, strict=True)
        }
        for tile, hashes in read.items():
            if len(hashes) != tile.width * HASH_BYTES:
                raise KeyError(tile)
        return read


def _rows_of(tile: TileAddress, number: int) -> "QuerySet[Any, tuple[int, int, bytes]]":
    """Return the rows that make up a tile, each behind the `number` of the tile and the index that orders it."""
    if tile.width == TILE_WIDTH:
        return _columns(Tile.objects.filter(level=tile.level, index=tile.index), number, "hashes")
    first = tile.index * TILE_WIDTH
    wanted = {"index__gte": first, "index__lt": first + tile.width}
    if tile.level == 0:
        return _columns(Leaf.objects.filter(**wanted), number, "leaf_hash")
    return _columns(Tile.objects.filter(level=tile.level - 1, **wanted), number, "root")


def _columns(rows: "QuerySet[Any]", number: int, hashes: str) -> "QuerySet[Any, tuple[int, int, bytes]]":
    columns: QuerySet[Any, tuple[int, int, bytes]] = rows.annotate(tile=Value(number), found=F(hashes)).values_list(
        "tile", "index", "found"
    )
    return columns
