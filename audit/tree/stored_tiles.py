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
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(selects), [one for some in params for one in some])
            rows = cursor.fetchall()
        # SQLite joins text alone, so there a tile comes in as many rows as it has parts.
        read = dict.fromkeys(asked, b"")
        for number, _first, hashes in rows if connection.vendor == "postgresql" else sorted(rows):
            read[asked[number]] += bytes(hashes or b"")
        for tile, joined in read.items():
            if len(joined) != tile.width * HASH_BYTES:
                raise KeyError(tile)
        return read


def _select(number: int, tile: TileAddress) -> tuple[str, list[int]]:
    """Return what selects the parts that make up a tile, behind the number of the tile and the place of the first."""
    first = tile.index * TILE_WIDTH
    if tile.width == TILE_WIDTH:
        return _parts(number, "hashes", "audit_tile", tile.level, tile.index, tile.index + 1)
    if tile.level == 0:
        return _parts(number, "leaf_hash", "audit_leaf", None, first, first + tile.width)
    return _parts(number, "root", "audit_tile", tile.level - 1, first, first + tile.width)


def _parts(number: int, column: str, table: str, level: int | None, first: int, end: int) -> tuple[str, list[int]]:
    # Number and names come from this program.
    what = (
        f"0, string_agg({column}, '' ORDER BY \"index\")" if connection.vendor == "postgresql" else f'"index", {column}'
    )
    of_level = "" if level is None else " AND level = %s"
    select = f'SELECT {number}, {what} FROM {table} WHERE "index" >= %s AND "index" < %s{of_level}'  # noqa: S608
    return select, [first, end, *([] if level is None else [level])]
