"""Every list of the API goes on in the same way, and a place that is none is a mistake of who asks."""

from base64 import b64encode
from urllib.parse import urlencode

import pytest
from django.test import Client

from audit.api.pagination import NewestFirst
from audit.models import Record
from tests.audit.conftest import LookAs
from tests.audit.log import append, grow
from tests.audit.people import AS_HANNA

BY_TIME, BY_ID, BY_SIZE = "/api/v1/entries", "/api/v1/purposes", "/api/v1/checkpoints"


def cursor(**members: str) -> str:
    return b64encode(urlencode(members).encode()).decode()


BAD_CURSORS = [
    "cD1hYmM=",
    "é",
    "x",
    cursor(p=""),
    cursor(p="abc"),
    cursor(p="\x00"),
    cursor(p="9" * 5000),
    cursor(p="2026-13-01"),
    cursor(o="-1"),
    cursor(o="x"),
    cursor(r="x"),
]
BAD_PLACES = [
    (BY_TIME, "2026-01-01"),
    (BY_TIME, "2026-01-01T00:00:00"),
    (BY_TIME, "0001-01-01T00:00:00+01:00"),
    (BY_TIME, "9999-12-31T23:59:59-01:00"),
    (BY_ID, "1"),
    (BY_SIZE, "1.5"),
    (BY_SIZE, "01933b6e-0000-7000-8000-000000000000"),
]


@pytest.fixture
def auditor(either_db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)


@pytest.mark.parametrize("path", [BY_TIME, BY_ID, BY_SIZE])
def test_a_cursor_that_is_none_is_a_mistake(
    client: Client, auditor: None, path: str, subtests: pytest.Subtests
) -> None:
    bad = [*BAD_CURSORS, *(cursor(p=place) for of, place in BAD_PLACES if of == path)]
    for one in bad:
        with subtests.test(one):
            answer = client.get(path, {"cursor": one})
            assert answer.status_code == 400
            assert answer["Content-Type"] == "application/problem+json"
            (error,) = answer.json()["errors"]
            assert (error["pointer"], error["code"]) == ("/cursor", "invalid")
            assert error["detail"] == "Gebruik een adres dat de lijst zelf als volgende pagina gaf."
    assert not Record.objects.exists(), "nobody looked"


@pytest.mark.parametrize("path", [BY_TIME, BY_ID, BY_SIZE])
def test_a_list_is_results_and_what_comes_next(client: Client, auditor: None, path: str) -> None:
    assert client.get(path).json() == {"results": [], "next": None}


@pytest.mark.parametrize("place", ["0", "-1", "9" * 30])
def test_a_place_beyond_the_ends_is_a_place(client: Client, auditor: None, place: str) -> None:
    grow(1)
    listed = client.get(BY_SIZE, {"cursor": cursor(p=place)})
    assert [one["size"] for one in listed.json()["results"]] == ([1] if place.startswith("9") else [])


def test_checkpoints_follow_each_other_without_gap_or_repeat(client: Client, auditor: None) -> None:
    for _ in range(7):
        grow(1)
    seen: list[int] = []
    address = f"{BY_SIZE}?pageSize=3"
    while address:
        page = client.get(address).json()
        assert set(page) == {"results", "next"}
        seen += [one["size"] for one in page["results"]]
        address = page["next"]
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_entries_of_one_moment_are_all_listed(client: Client, auditor: None) -> None:
    ids = {str(one.id) for one in append(5)}
    address, seen = f"{BY_TIME}?pageSize=2&action=test.happened", []
    while address:
        page = client.get(address).json()
        seen += [one["id"] for one in page["results"]]
        address = page["next"]
    assert sorted(seen) == sorted(ids)


def test_the_schema_says_the_same() -> None:
    schema = NewestFirst().get_paginated_response_schema({"type": "array"})
    assert list(schema["properties"]) == schema["required"] == ["results", "next"]
