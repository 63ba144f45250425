"""Reads tiles from the database: full ones as they stand, partial ones derived from what is below them."""

from collections.abc import Collection, Mapping

from django.db import connection

from audit.tree.merkle import HASH_BYTES
from audit.tree.tiles import TILE_WIDTH, TileAddress


class StoredTiles:
    """A `TileReader`: one statement for all tiles together.

    A proof waits longer for statements than for rows, and building them from models took most of its time.
    """

    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        if not tiles:
            return {}
        asked = list(tiles)
        selects, params = zip(*(_select(number, tile) for number, tile in enumerate(asked)), strict=True)
        found: list[list[tuple[int, bytes]]] = [[] for _ in asked]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(selects), [one for some in params for one in some])
            for number, index, hashes in cursor.fetchall():
                found[number].append((index, bytes(hashes)))
        read = {
            tile: b"".join(hashes for _index, hashes in sorted(one)) for tile, one in zip(asked, found, strict=True)
        }
        for tile, hashes in read.items():
            if len(hashes) != tile.width * HASH_BYTES:
                raise KeyError(tile)
        return read


def _select(number: int, tile: TileAddress) -> tuple[str, list[int]]:
    """Return what selects the rows that make up a tile, each behind the number of the tile and its own index."""
    first = tile.index * TILE_WIDTH
    rows = 'WHERE level = %s AND "index" >= %s AND "index" < %s'
    # The number comes from this program.
    if tile.width == TILE_WIDTH:
        return f'SELECT {number}, "index", hashes FROM audit_tile {rows}', [tile.level, tile.index, tile.index + 1]  # noqa: S608
    if tile.level == 0:
        select = f'SELECT {number}, "index", leaf_hash FROM audit_leaf WHERE "index" >= %s AND "index" < %s'  # noqa: S608
        return select, [first, first + tile.width]
    return f'SELECT {number}, "index", root FROM audit_tile {rows}', [tile.level - 1, first, first + tile.width]  # noqa: S608
