"""Places and areas as cells of H3, the hexagons that cover the earth (h3geo.org, version 4).

A cell is its index in 15 hexadecimal digits, in lower case. Cells of resolution 9, the one that places have, are
about 0.1 km²: a few streets.
"""

from collections.abc import Collection
from typing import Any

import h3

RESOLUTION = 9


def is_cell(value: Any) -> bool:
    """Tell whether `value` is the index of a cell in its one written form."""
    return isinstance(value, str) and len(value) == 15 and value == value.lower() and bool(h3.is_valid_cell(value))


def cell_size(cell: str) -> int:
    """Return the resolution of a cell, from 0 for the largest to 15."""
    return int(h3.get_resolution(cell))


def includes(cells: Collection[str], place: str) -> bool:
    """Tell whether the cell `place` is one of `cells` or lies in one; what is no cell lies nowhere."""
    if not cells:
        return False
    if place in cells:
        return is_cell(place)
    if not is_cell(place):
        return False
    return any(h3.cell_to_parent(place, size) in cells for size in range(h3.get_resolution(place) - 1, -1, -1))


def cell_at(latitude: float, longitude: float, resolution: int = RESOLUTION) -> str:
    """Return the cell at a place in WGS 84 degrees; raise ValueError for what is no place on earth."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("a latitude is from -90 to 90 and a longitude from -180 to 180")
    return str(h3.latlng_to_cell(latitude, longitude, resolution))
