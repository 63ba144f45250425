"""The description of the API is whole, valid, and by the NL API Design Rules."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.openapi import _document

CAMEL_CASE = re.compile(r"[a-z][a-zA-Z0-9]*")
KEBAB_CASE = re.compile(r"(/([a-z0-9]+(-[a-z0-9]+)*|\{[a-z][a-zA-Z0-9_]*\}))+")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    _document.cache_clear()
    answer: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return answer


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_making_it_warns_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    _document.cache_clear()
    _document()
    assert capsys.readouterr().err == ""


def test_it_says_its_version_and_whom_to_ask(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", document["info"]["version"])
    assert set(document["info"]["contact"]) == {"name", "email", "url"}


def test_paths_are_kebab_case_without_a_slash_at_the_end(document: dict[str, Any]) -> None:
    assert document["paths"]
    for path in document["paths"]:
        assert KEBAB_CASE.fullmatch(path), path
        assert "bsn" not in path.lower()


def test_members_and_parameters_are_camel_case(document: dict[str, Any]) -> None:
    for name in _property_names(document["components"]["schemas"]):
        assert CAMEL_CASE.fullmatch(name), name
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    assert CAMEL_CASE.fullmatch(parameter["name"]), parameter["name"]
                    assert parameter["name"] != "bsn"


def test_every_operation_tells_how_it_fails(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/Problem"}, (method, path)


def _property_names(schemas: Any) -> Iterator[str]:
    for schema in schemas.values():
        yield from schema.get("properties", {})
        yield from _property_names(
            {name: inner for name, inner in schema.get("properties", {}).items() if isinstance(inner, dict)}
        )
