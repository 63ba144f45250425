"""Publishing datasets and registering organisations: what is refused, and what comes of saying the same twice."""

from copy import deepcopy
from typing import Any

import pytest

from consent.errors import InvalidDataset, InvalidOrganisation
from consent.models import Dataset, DatasetVersion, Organisation
from consent.services.datasets import publish_dataset
from consent.services.organisations import register_organisation
from tests.cast import Cast

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {"floors": {"type": "integer"}},
}
FIELD = {
    "pointer": "/floors",
    "title": {"nl": "Verdiepingen", "en": "Floors"},
    "category": "pd:HouseOwned",
    "sensitivity": "ordinary",
}


def publish(cast: Cast, **other: Any) -> DatasetVersion:
    given: dict[str, Any] = {
        "organisation": cast.municipality,
        "slug": "house",
        "kind": Dataset.Kind.RECORD,
        "title": {"nl": "Huis", "en": "House"},
        "schema": deepcopy(SCHEMA),
        "fields": [deepcopy(FIELD)],
    }
    return publish_dataset(**{**given, **other})


def codes(cast: Cast, **other: Any) -> set[tuple[str, str]]:
    """Return pointer and code of each fault, and see that nothing was written."""
    before = (Dataset.objects.count(), DatasetVersion.objects.count())
    with pytest.raises(InvalidDataset) as refused:
        publish(cast, **other)
    assert (Dataset.objects.count(), DatasetVersion.objects.count()) == before
    return {(error.pointer, error.code) for error in refused.value.errors}


def test_a_dataset_gets_its_first_version(cast: Cast) -> None:
    version = publish(cast)
    assert (version.number, version.dataset.slug, version.dataset.organisation) == (1, "house", cast.municipality)


def test_the_same_twice_is_one_version(cast: Cast) -> None:
    assert publish(cast) == publish(cast)
    assert DatasetVersion.objects.filter(dataset__slug="house").count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"title": {"nl": "Woning", "en": "House"}},
        {"schema": {**SCHEMA, "required": ["floors"]}},
        {"fields": [{**FIELD, "sensitivity": "sensitive"}]},
    ],
)
def test_something_new_is_the_next_version(cast: Cast, changed: dict[str, Any]) -> None:
    first = publish(cast)
    assert publish(cast, **changed).number == 2
    first.refresh_from_db()
    assert (first.title, first.schema, first.fields) == ({"nl": "Huis", "en": "House"}, SCHEMA, [FIELD])


def test_the_name_of_another_dataset_is_taken(cast: Cast) -> None:
    publish(cast)
    assert codes(cast, organisation=cast.police) == {("/slug", "slug-taken")}
    assert codes(cast, kind=Dataset.Kind.FILE) == {("/slug", "slug-taken")}


def test_every_fault_is_told_at_once(cast: Cast) -> None:
    field = {**FIELD, "pointer": "/roof", "title": {"nl": "Dak"}, "category": "", "sensitivity": "secret"}
    schema = {key: value for key, value in SCHEMA.items() if key != "$schema"}
    assert codes(cast, title={"nl": "Huis"}, schema=schema, fields=[FIELD, field]) == {
        ("/title/en", "text-missing"),
        ("/schema/$schema", "wrong-dialect"),
        ("/fields/1/pointer", "unknown-pointer"),
        ("/fields/1/title", "text-missing"),
        ("/fields/1/category", "category-missing"),
        ("/fields/1/sensitivity", "unknown-sensitivity"),
    }


def test_a_schema_that_is_none_is_refused(cast: Cast) -> None:
    schema = {**SCHEMA, "properties": {"floors": {"type": "whole number"}}}
    assert codes(cast, schema=schema) == {("/schema/properties/floors/type", "invalid-schema")}


@pytest.mark.parametrize("address", ["http://127.0.0.1:6379/", "file:///etc/passwd", "other.json#/$defs/a"])
def test_a_schema_makes_nobody_fetch_anything(cast: Cast, address: str) -> None:
    deep = {"anyOf": [{"$ref": address}, {"type": "integer"}]}
    schema = {**deepcopy(SCHEMA), "properties": {"floors": deep}}
    assert codes(cast, schema=schema) == {("/schema", "outside-reference")}
    own = {**deepcopy(SCHEMA), "$defs": {"n": {"type": "integer"}}, "properties": {"floors": {"$ref": "#/$defs/n"}}}
    assert publish(cast, schema=own).number == 1


def test_a_dataset_has_fields_each_once(cast: Cast) -> None:
    assert codes(cast, fields=[]) == {("/fields", "field-missing")}
    assert codes(cast, fields=[FIELD, FIELD]) == {("/fields", "field-twice")}


def test_an_organisation_is_registered_once_and_stays_as_it_is(db: None) -> None:
    given: dict[str, Any] = {"kind": Organisation.Kind.PARTNER, "address": "a", "contact": "c", "privacy_contact": "p"}
    first = register_organisation(oin="00000099000000009000", name="Samen", **given)
    assert register_organisation(oin="00000099000000009000", name="Anders", **given) == first
    assert Organisation.objects.get(oin="00000099000000009000").name == "Samen"
    with pytest.raises(InvalidOrganisation):
        register_organisation(oin="123", name="Kort", **given)
    assert Organisation.objects.count() == 1
