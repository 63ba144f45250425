"""Yes or no instead of a value: what each rule answers, and which rules there are."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.derivation import answer, check_rule, fits_schema
from consent.errors import InvalidDataset
from consent.models import Dataset, DatasetVersion
from consent.services.datasets import publish_dataset
from consent.services.organisations import register_organisation
from tests.cast import Cast

TODAY = date(2026, 6, 1)
ADULT = {"kind": "age-at-least", "years": 18}


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (ADULT, "2008-06-01", True),
        (ADULT, "2008-06-02", False),
        (ADULT, "1900-01-01", True),
        ({"kind": "equals", "value": "Almere"}, "Almere", True),
        ({"kind": "equals", "value": "Almere"}, "almere", False),
        ({"kind": "equals", "value": 1}, True, False),
        ({"kind": "equals", "value": True}, 1, False),
        ({"kind": "equals", "value": 1}, 1.0, True),
        ({"kind": "equals", "value": "Almere"}, None, False),
        ({"kind": "one-of", "values": ["Almere", "Lelystad"]}, "Lelystad", True),
        ({"kind": "one-of", "values": ["Almere", "Lelystad"]}, "Urk", False),
        ({"kind": "below", "value": 25_000}, 24_999.99, True),
        ({"kind": "below", "value": 25_000}, 25_000, False),
        ({"kind": "at-least", "value": 3}, 3, True),
        ({"kind": "at-least", "value": 3}, 10**400, True),
        ({"kind": "at-least", "value": 3}, -(10**400), False),
    ],
)
def test_a_rule_answers(rule: dict[str, Any], value: Any, expected: bool) -> None:
    check_rule(rule)
    assert answer(rule, value, today=TODAY) is expected


def test_who_was_born_on_29_february_is_a_year_older_on_1_march() -> None:
    assert not answer(ADULT, "2008-02-29", today=date(2026, 2, 28))
    assert answer(ADULT, "2008-02-29", today=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (ADULT, "yesterday"),
        (ADULT, "2008-02-30"),
        (ADULT, 2008),
        (ADULT, None),
        ({"kind": "below", "value": 5}, "4"),
        ({"kind": "below", "value": 5}, True),
        ({"kind": "at-least", "value": 5}, None),
        ({"kind": "at-least", "value": 5}, [5]),
    ],
)
def test_a_value_of_another_form_is_not_answered(rule: dict[str, Any], value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        answer(rule, value, today=TODAY)


@pytest.mark.parametrize(
    "rule",
    [
        None,
        "adult",
        {},
        {"kind": "older"},
        {"kind": ["equals"], "value": 1},
        {"kind": "age-at-least"},
        {"kind": "age-at-least", "years": 0},
        {"kind": "age-at-least", "years": "18"},
        {"kind": "age-at-least", "years": True},
        {"kind": "age-at-least", "years": 18, "months": 6},
        {"kind": "equals", "value": [1]},
        {"kind": "equals", "value": None},
        {"kind": "one-of", "values": []},
        {"kind": "one-of", "values": "Almere"},
        {"kind": "below", "value": "5"},
        {"kind": "at-least", "value": True},
    ],
)
def test_what_is_no_rule_is_refused(rule: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check_rule(rule)


@given(st.integers(1, 149), st.dates(date(1900, 1, 1), date(2026, 12, 31)))
def test_who_is_old_enough_stays_so(years: int, born: date) -> None:
    rule = {"kind": "age-at-least", "years": years}
    if answer(rule, born.isoformat(), today=TODAY):
        assert answer(rule, born.isoformat(), today=date(2027, 1, 1))


def test_a_rule_fits_the_type_that_the_schema_names() -> None:
    below = {"kind": "below", "value": 5}
    assert fits_schema(below, {"type": "integer"})
    assert fits_schema(below, {"type": ["number", "null"]})
    assert fits_schema(below, {})
    assert not fits_schema(below, {"type": "string"})
    assert not fits_schema(ADULT, {"type": "integer"})
    assert fits_schema({"kind": "equals", "value": 1}, {"type": "string"})


def publish(cast: Cast, derivations: list[dict[str, Any]]) -> DatasetVersion:
    return publish_dataset(
        organisation=cast.municipality,
        slug="person",
        kind=Dataset.Kind.RECORD,
        title={"nl": "Persoon", "en": "Person"},
        schema={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"born": {"type": "string", "format": "date"}},
        },
        fields=[
            {
                "pointer": "/born",
                "title": {"nl": "Geboortedatum", "en": "Date of birth"},
                "category": "pd:BirthDate",
                "sensitivity": "ordinary",
            }
        ],
        derivations=derivations,
    )


QUESTION = {"name": "adult", "pointer": "/born", "title": {"nl": "18 of ouder", "en": "18 or older"}, "rule": ADULT}


def test_questions_are_published_with_the_dataset(cast: Cast) -> None:
    first = publish(cast, [QUESTION])
    assert first.derivation("adult")["rule"] == ADULT
    assert publish(cast, [QUESTION]) == first
    assert publish(cast, [{**QUESTION, "rule": {**ADULT, "years": 21}}]).number == 2


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"name": "18 or older"}, "/derivations/0/name", "invalid-name"),
        ({"name": None}, "/derivations/0/name", "invalid-name"),
        ({"pointer": "/name"}, "/derivations/0/pointer", "unknown-pointer"),
        ({"title": {"nl": "18 of ouder"}}, "/derivations/0/title", "text-missing"),
        ({"rule": {"kind": "older"}}, "/derivations/0/rule", "invalid-rule"),
        ({"rule": {"kind": "below", "value": 3}}, "/derivations/0/rule", "rule-does-not-fit"),
    ],
)
def test_a_question_that_cannot_be_answered_is_not_published(
    cast: Cast, changed: dict[str, Any], pointer: str, code: str
) -> None:
    before = DatasetVersion.objects.count()
    with pytest.raises(InvalidDataset) as refused:
        publish(cast, [{**QUESTION, **changed}])
    assert {(error.pointer, error.code) for error in refused.value.errors} == {(pointer, code)}
    assert DatasetVersion.objects.count() == before


def test_a_question_is_named_once(cast: Cast) -> None:
    with pytest.raises(InvalidDataset) as refused:
        publish(cast, [QUESTION, QUESTION])
    assert [error.code for error in refused.value.errors] == ["derivation-twice"]


def test_departments_come_with_an_organisation(cast: Cast) -> None:
    work = {"name": "werk-en-inkomen", "title": {"nl": "Werk en inkomen", "en": "Work and income"}}
    organisation = register_organisation(
        oin=cast.police.oin,
        name="Politie",
        kind=cast.police.Kind.POLICE,
        address="a",
        contact="c",
        privacy_contact="p",
        departments=[work],
    )
    assert organisation.departments == [work]
