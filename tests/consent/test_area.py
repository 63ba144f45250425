"""Places in areas, as hexagons; and the areas that an organisation names."""

from typing import Any

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.area import cell_at, cell_size, includes, is_cell
from consent.errors import InvalidOrganisation
from consent.models import Area
from consent.services.bounds import bounds
from consent.services.organisations import name_area
from tests.cast import Cast
from tests.terms import ELSEWHERE, NOW, PLACE, QUARTER

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
sizes = st.integers(0, 15)


@given(latitudes, longitudes, sizes, sizes)
def test_a_place_lies_in_each_larger_cell_around_it_and_in_no_smaller(
    latitude: float, longitude: float, one: int, other: int
) -> None:
    place = cell_at(latitude, longitude, max(one, other))
    around = h3.cell_to_parent(place, min(one, other))
    assert is_cell(place)
    assert includes({around}, place)
    assert includes({place}, around) is (place == around)
    assert cell_size(place) == max(one, other)


@pytest.mark.parametrize("place", ["", "nowhere", PLACE.upper(), "0" * 15, "f" * 15, PLACE + "0"])
def test_what_is_no_cell_lies_nowhere(place: str) -> None:
    assert not is_cell(place)
    assert not includes({PLACE, QUARTER, place}, place)


def test_nothing_lies_in_no_area() -> None:
    assert not includes(frozenset(), PLACE)
    assert includes({ELSEWHERE, QUARTER}, PLACE)
    assert not includes({ELSEWHERE}, PLACE)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (float("nan"), 0)])
def test_a_place_off_the_earth_has_no_cell(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match="latitude"):
        cell_at(latitude, longitude)


def store(cast: Cast, **changes: Any) -> Area:
    given: dict[str, Any] = {"slug": "station", "title": {"nl": "Station", "en": "Station"}, "cells": [PLACE]}
    return name_area(organisation=cast.municipality, **{**given, **changes})


def test_an_area_is_named_once_and_can_be_drawn_anew(cast: Cast) -> None:
    first = store(cast)
    assert store(cast, cells=[ELSEWHERE, PLACE, PLACE]).pk == first.pk
    assert Area.objects.get().cells == sorted([ELSEWHERE, PLACE])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"cells": []}, ("/cells", "invalid-cell")),
        ({"cells": ["the station"]}, ("/cells", "invalid-cell")),
        ({"cells": [PLACE, QUARTER]}, ("/cells", "mixed-sizes")),
        ({"title": {"nl": "Station"}}, ("/title", "text-missing")),
    ],
)
def test_an_area_that_is_none_is_not_stored(cast: Cast, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    with pytest.raises(InvalidOrganisation) as refused:
        store(cast, **changes)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [fault]
    assert not Area.objects.exists()


def test_a_citizen_chooses_from_the_areas_of_the_controller(cast: Cast) -> None:
    store(cast)
    name_area(organisation=cast.police, slug="port", title={"nl": "Haven", "en": "Port"}, cells=[ELSEWHERE])
    assert bounds(cast.energy, NOW).area_cells == {PLACE}
