"""Neighbourhoods as a drawing beside their names. It decorates: who does not see it chooses by name just as well."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import h3

from consent.pages.forms.choices import AreaChoice

WIDTH = 400
MARGIN = 12


@dataclass(frozen=True, slots=True)
class MapShape:
    """One neighbourhood: its outline as SVG path data, and where its number stands."""

    number: int
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class AreaMap:
    height: int
    width: int
    shapes: tuple[MapShape, ...]


def area_map(areas: Sequence[AreaChoice]) -> AreaMap | None:
    """Draw `areas`, numbered in their order, with north above; None where there is nothing to draw."""
    outlines = [[h3.cell_to_boundary(cell) for cell in sorted(area.cells)] for area in areas]
    points = [point for outline in outlines for cell in outline for point in cell]
    if not points:
        return None
    latitudes, longitudes = [point[0] for point in points], [point[1] for point in points]
    north, west = max(latitudes), min(longitudes)
    # A degree of longitude is shorter than one of latitude; within a town that is one factor.
    narrowing = math.cos(math.radians((north + min(latitudes)) / 2))
    scale = (WIDTH - 2 * MARGIN) / max((max(longitudes) - west) * narrowing, north - min(latitudes))

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = MARGIN + (point[1] - west) * narrowing * scale
        y = MARGIN + (north - point[0]) * scale
        return round(x, 1), round(y, 1)

    shapes = []
    for number, outline in enumerate(outlines, start=1):
        drawn = [[place(point) for point in cell] for cell in outline]
        path = "".join("M" + "L".join(f"{x} {y}" for x, y in cell) + "Z" for cell in drawn)
        corners = [corner for cell in drawn for corner in cell]
        shapes.append(
            MapShape(
                number,
                path,
                round(sum(x for x, _y in corners) / len(corners), 1),
                round(sum(y for _x, y in corners) / len(corners), 1),
            )
        )
    lowest = max(place(point)[1] for point in points)
    widest = max(place(point)[0] for point in points)
    return AreaMap(height=math.ceil(lowest + MARGIN), width=math.ceil(widest + MARGIN), shapes=tuple(shapes))
