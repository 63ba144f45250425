"""The place of a request: a cell, coordinates or a neighbourhood by its name."""

from typing import Any

import pytest
from django.test import Client as Browser

from audit.models import Record
from consent.area import cell_at
from consent.models import Area
from sharing.models import Request
from tests.api import token_for
from tests.cast import ANNA_BSN, SIZE, Cast
from tests.consent.answering import CENTRE, centre
from tests.pages import nothing_written, signed_in, text_of

NEW = "/desk/requests/new/"


def post(cast: Cast, place: Any) -> Any:
    body = {
        "purpose": "energy-allowance",
        "subject": {"bsn": ANNA_BSN},
        "fields": [SIZE],
        "case": "Z-1",
        "place": place,
    }
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}
    return Browser().post("/api/v1/requests", body, content_type="application/json", headers=headers)


def form(**changes: str) -> dict[str, Any]:
    return {"purpose": "energy-allowance", "asked": [SIZE], "bsn": ANNA_BSN, "case": "Z-1", **changes}


@pytest.mark.parametrize(
    ("place", "cell"),
    [(CENTRE[0], CENTRE[0]), ({"latitude": 52.37, "longitude": 4.9}, cell_at(52.37, 4.9))],
)
def test_a_system_names_a_cell_or_coordinates(cast: Cast, place: Any, cell: str) -> None:
    answer = post(cast, place)
    assert (answer.status_code, answer.json()["place"]) == (201, cell)
    assert Request.objects.get().place == cell
    assert f'"place":"{cell}"'.encode() in bytes(Record.objects.get(action="sharing.requested").canonical)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "centre",
        "891969556d3ffff0",
        "891969556D3FFFF",
        "fffffffffffffff",
        7,
        None,
        [],
        {},
        {"latitude": 52.0},
        {"latitude": 91, "longitude": 4},
        {"latitude": "52", "longitude": "4"},
        {"latitude": True, "longitude": 4},
        {"latitude": 52, "longitude": 4, "height": 2},
    ],
)
def test_what_is_no_place_is_refused_and_nothing_is_written(cast: Cast, place: Any) -> None:
    with nothing_written():
        answer = post(cast, place)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == "/place"


def test_staff_choose_a_neighbourhood_by_its_name(cast: Cast) -> None:
    area = centre(cast)
    daan = signed_in(cast.daan.account)
    daan.cookies["language"] = "en"
    assert "No neighbourhood Centre" in text_of(daan.get(f"{NEW}?purpose=energy-allowance"))
    page = daan.post(NEW, form(area=str(area.pk)), follow=True)
    assert "Neighbourhood Centre" in text_of(page)
    assert Request.objects.get().place in CENTRE


def test_no_neighbourhood_is_no_place(cast: Cast) -> None:
    centre(cast)
    daan = signed_in(cast.daan.account)
    daan.post(NEW, form())
    assert Request.objects.get().place == ""


def test_the_neighbourhood_of_another_organisation_is_not_in_the_list(cast: Cast) -> None:
    foreign = Area.objects.create(
        organisation=cast.police, slug="district", title={"nl": "Wijk", "en": "District"}, cells=CENTRE
    )
    centre(cast)
    daan = signed_in(cast.daan.account)
    for area in (str(foreign.pk), "x"):
        with nothing_written():
            answer = daan.post(NEW, form(area=area))
        assert answer.status_code == 400
        assert 'href="#id_area"' in answer.content.decode()
