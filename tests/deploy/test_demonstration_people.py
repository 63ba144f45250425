"""The invented people: the same everywhere, with numbers that nobody has."""

import random
from collections import Counter

import pytest
from jsonschema import Draft202012Validator

from consent.bsn import is_bsn
from deploy.demonstration.people.citizen_numbers import citizen_numbers
from deploy.demonstration.people.citizens import ANNA, CAST, HOW_MANY, YOUSSEF, citizens
from deploy.demonstration.read_catalogue import read_datasets

PEOPLE = citizens()


def test_numbers_are_distinct_test_numbers() -> None:
    numbers = [person.bsn for person in PEOPLE]
    assert len(set(numbers)) == len(numbers) == HOW_MANY
    assert all(number.startswith("99999") and is_bsn(number) for number in numbers)
    assert {ANNA, YOUSSEF} == set(numbers[:2])


def test_first_numbers_must_be_test_numbers() -> None:
    with pytest.raises(ValueError, match="no test numbers"):
        citizen_numbers(random.Random(1), first=("123456782",))


def test_everybody_is_the_same_each_time() -> None:
    assert citizens() == PEOPLE


def test_names_tell_people_apart() -> None:
    assert len({person.display_name for person in PEOPLE}) == HOW_MANY
    assert PEOPLE[0].display_name == "Anna de Vries"


def test_records_follow_their_schemas() -> None:
    schemas = {dataset.slug: Draft202012Validator(dataset.schema) for dataset in read_datasets()}
    for person in PEOPLE:
        for slug, record in person.records.items():
            assert [fault.message for fault in schemas[slug].iter_errors(record)] == []


def test_some_leave_some_open_and_the_cast_leaves_nothing() -> None:
    filled_in = Counter(slug for person in PEOPLE for slug in person.records)
    assert filled_in["brp-person"] == HOW_MANY
    everything = {dataset.slug for dataset in read_datasets()}
    assert set(filled_in) == everything
    assert all(0 < filled_in[slug] < HOW_MANY for slug in everything - {"brp-person"})
    assert all(set(person.records) == everything for person in PEOPLE[: len(CAST)])


def test_a_household_has_the_children_that_the_parent_has_authority_over() -> None:
    for person in PEOPLE:
        if household := person.records.get("household"):
            assert household["aantalKinderen"] == len(person.records["brp-person"]["gezag"])


def test_nobody_can_be_reached() -> None:
    for person in PEOPLE:
        contact = person.records.get("contact", {})
        assert contact.get("emailadres", "@post.example").endswith("@post.example")
        assert contact.get("telefoonnummer", "+3160000").startswith("+3160000")
