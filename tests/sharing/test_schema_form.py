"""A JSON Schema as questions, and answers as a record."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.demonstration.people.citizens import citizens
from deploy.demonstration.read_catalogue import CataloguedDataset, read_datasets
from sharing.schema_form import find, make_record, missing_beside_others, read_schema

DATASETS = {dataset.slug: dataset for dataset in read_datasets()}


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_a_record_that_goes_through_the_form_comes_out_as_it_was(dataset: CataloguedDataset) -> None:
    asked = read_schema(dataset.schema)
    records = [person.records[dataset.slug] for person in citizens() if dataset.slug in person.records]
    for record in records:
        answers = {question.pointer: find(record, question.pointer) for question in asked.questions}
        assert make_record(asked, answers, before=record) == record
        assert missing_beside_others(asked, answers) == []


@pytest.mark.parametrize(
    "slug", ["household", "income", "contact", "private-camera", "camera-footage", "event-presence"]
)
def test_a_record_can_be_filled_in_from_nothing(slug: str) -> None:
    schema = DATASETS[slug].schema
    asked = read_schema(schema)
    record = next(person.records[slug] for person in citizens() if slug in person.records)
    answers = {question.pointer: find(record, question.pointer) for question in asked.questions}
    assert asked.kept == ()
    assert Draft202012Validator(schema).is_valid(make_record(asked, answers, before={}))


def test_every_kind_is_asked_and_constants_are_not() -> None:
    kinds = {question.pointer: question.kind for question in read_schema(DATASETS["brp-person"].schema).questions}
    assert kinds["/geboorte/datum/datum"] == "date"
    assert kinds["/naam/voornamen"] == "text"
    assert kinds["/verblijfplaats/verblijfadres/huisnummer"] == "integer"
    asked = read_schema(DATASETS["brp-person"].schema)
    assert asked.constants == {"/geboorte/datum/type": "Datum", "/verblijfplaats/type": "Adres"}
    assert asked.kept == ("/gezag",)
    assert {question.kind for question in read_schema(DATASETS["household"].schema).questions} == {
        "integer",
        "boolean",
        "choice",
    }


def test_an_object_that_nobody_fills_in_is_left_out_and_half_an_object_is_seen() -> None:
    schema = {
        "type": "object",
        "properties": {
            "partner": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "born": {"type": "string"}, "kind": {"const": "person"}},
            }
        },
    }
    asked = read_schema(schema)
    nothing: dict[str, Any] = {"/partner/name": None, "/partner/born": None}
    assert make_record(asked, nothing, before={}) == {}
    assert missing_beside_others(asked, nothing) == []
    half = {"/partner/name": None, "/partner/born": "2001"}
    assert [question.pointer for question in missing_beside_others(asked, half)] == ["/partner/name"]
    assert make_record(asked, {**half, "/partner/name": "Kim"}, before={}) == {
        "partner": {"name": "Kim", "born": "2001", "kind": "person"}
    }
