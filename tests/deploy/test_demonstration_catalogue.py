"""The catalogue of the demonstration: what it says must be publishable, bilingual, and easy to read."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from consent.models import Dataset, LegalBasis, Organisation, Role
from consent.notice import LANGUAGES
from consent.oin import is_oin
from consent.schema_pointer import subschema
from consent.services.datasets import DIALECT, SENSITIVITIES
from deploy.demonstration.read_catalogue import (
    CataloguedDataset,
    CataloguedPurpose,
    read_datasets,
    read_organisations,
    read_purposes,
)
from sharing.files.field import file_pointers

DATASETS = {dataset.slug: dataset for dataset in read_datasets()}
PURPOSES = {purpose.slug: purpose for purpose in read_purposes()}
ORGANISATIONS = {organisation.oin: organisation for organisation in read_organisations()}

# Terms of the Personal Data Categories extension of the W3C Data Privacy Vocabulary 2.0 (w3id.org/dpv/pd).
CATEGORIES = {
    f"pd:{term}"
    for term in (
        "Association", "Behavioral", "BirthDate", "City", "EmailAddressPersonal", "FamilyStructure", "GPSCoordinate",
        "Historical", "HouseNumber", "Household", "Income", "Language", "Location", "Name", "Offspring", "Ownership",
        "PersonalPossession", "Picture", "PostalCode", "Preference", "Street", "Tax", "TelephoneNumber",
    )
}  # fmt: skip

every_dataset = pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
every_purpose = pytest.mark.parametrize("purpose", PURPOSES.values(), ids=PURPOSES)


def test_the_five_purposes() -> None:
    assert set(PURPOSES) == {
        "energy-allowance",
        "private-camera-register",
        "incident-footage",
        "street-works-notice",
        "event-crowd",
    }


@every_dataset
def test_schemas_are_valid_and_strict(dataset: CataloguedDataset) -> None:
    assert dataset.schema["$schema"] == DIALECT
    Draft202012Validator.check_schema(dataset.schema)
    assert dataset.kind in Dataset.Kind.values
    objects = [part for part in _parts(dataset.schema) if part.get("type") == "object"]
    assert objects
    assert all(part.get("additionalProperties") is False for part in objects)


@every_dataset
def test_every_field_stands_in_the_schema(dataset: CataloguedDataset) -> None:
    for field in dataset.fields:
        assert subschema(dataset.schema, field["pointer"])
        assert field["category"] in CATEGORIES
        assert field["sensitivity"] in SENSITIVITIES
        assert all(field["title"][language].strip() for language in LANGUAGES)
    assert all(dataset.title[language].strip() for language in LANGUAGES)


@every_dataset
def test_no_number_of_a_person_is_shared(dataset: CataloguedDataset) -> None:
    names = {name for part in _parts(dataset.schema) for name in part.get("properties", {})}
    assert not names & {"burgerservicenummer", "bsn", "aNummer"}


@every_purpose
def test_a_purpose_asks_fields_that_exist_and_says_why(purpose: CataloguedPurpose) -> None:
    for field in purpose.fields:
        assert field.pointer in [known["pointer"] for known in DATASETS[field.dataset].fields]
        assert all(field.reason[language].strip() for language in LANGUAGES)
    assert any(field.required for field in purpose.fields)
    assert any(not field.required for field in purpose.fields)


@every_purpose
def test_a_purpose_has_what_the_law_asks(purpose: CataloguedPurpose) -> None:
    assert purpose.legal_basis in LegalBasis.values
    assert purpose.power_imbalance_assessment
    assert purpose.dpia_reference
    assert purpose.processing_activity.startswith("https://")
    assert {purpose.organisation, *purpose.recipients} <= set(ORGANISATIONS)
    for language in LANGUAGES:
        assert set(purpose.texts[language]) == {"title", "summary", "why", "refusing"}


@every_purpose
def test_saying_no_comes_first_where_refusing_is_told(purpose: CataloguedPurpose) -> None:
    assert purpose.texts["nl"]["refusing"].startswith("U mag nee zeggen.")
    assert purpose.texts["en"]["refusing"].startswith("You may say no.")


@every_purpose
def test_sentences_are_short(purpose: CataloguedPurpose) -> None:
    """Level B1 has no formula, but long sentences are above it: 11 words on average, 20 at most."""
    for language in LANGUAGES:
        text = " ".join(purpose.texts[language][part] for part in ("summary", "why", "refusing"))
        lengths = [len(sentence.split()) for sentence in re.split(r"(?<=[.?!:])\s+", text)]
        assert sum(lengths) / len(lengths) <= 11, (language, lengths)
        assert max(lengths) <= 20, (language, lengths)


def test_one_purpose_rests_on_a_public_task_and_asks_for_the_footage_itself() -> None:
    others = [purpose.slug for purpose in PURPOSES.values() if purpose.legal_basis != LegalBasis.CONSENT]
    assert others == ["incident-footage"]
    footage = PURPOSES["incident-footage"]
    asked = {(field.dataset, field.pointer): field.required for field in footage.fields}
    assert asked["camera-footage", "/beelden"] is False
    assert file_pointers(DATASETS["camera-footage"].schema) == ["/beelden"]
    assert "De beelden zelf deelt u alleen als u dat ook aankruist." in footage.texts["nl"]["why"]
    assert "You share the footage itself only if you tick that too." in footage.texts["en"]["why"]


def test_organisations_are_told_apart_and_staff_has_every_role() -> None:
    assert all(is_oin(oin) for oin in ORGANISATIONS)
    assert {organisation.kind for organisation in ORGANISATIONS.values()} == set(Organisation.Kind.values)
    members = [member for organisation in ORGANISATIONS.values() for member in organisation.members]
    assert len({member.subject for member in members}) == len(members)
    assert {role for member in members for role in member.roles} == set(Role.values)


def test_who_publishes_purposes_has_two_people_for_it() -> None:
    for oin in {purpose.organisation for purpose in PURPOSES.values()}:
        by_role = {role: member.subject for member in ORGANISATIONS[oin].members for role in member.roles}
        assert by_role[Role.PURPOSE_EDITOR] != by_role[Role.PRIVACY_OFFICER]
        assert Role.REQUESTER in by_role


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from _parts(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _parts(part)
