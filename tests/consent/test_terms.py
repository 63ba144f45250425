from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent.bounds import Bounds
from consent.errors import InvalidConsent
from consent.terms import Terms

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OIN = "00000001234567890000"
BOUNDS = Bounds(
    fields=frozenset({"d#/a", "d#/b"}),
    required_fields=frozenset({"d#/a"}),
    recipients=frozenset({OIN}),
    longest_validity=timedelta(days=30),
    most_uses=5,
    now=NOW,
)
GOOD: dict[str, Any] = {
    "validUntil": "2026-06-15T12:00:00+02:00",
    "fields": ["d#/a"],
    "uses": 5,
    "recipients": [{"oin": OIN, "role": "requester"}],
}


def codes(terms: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(InvalidConsent) as caught:
        Terms.agree(terms, BOUNDS)
    return {(error.pointer, error.code) for error in caught.value.errors}


def test_terms_within_the_purpose_are_stored_in_one_form() -> None:
    stored = Terms.agree(GOOD, BOUNDS).dump()
    assert stored["validUntil"] == "2026-06-15T10:00:00Z"
    assert Terms.parse(stored).dump() == stored


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("validUntil", "2026-06-01T12:00:00Z", "end-before-start"),
        ("validUntil", "2026-07-02T12:00:00Z", "end-too-late"),
        ("validUntil", "2026-06-15", "invalid-term"),
        ("validUntil", "next week", "invalid-term"),
        ("validUntil", 7, "invalid-term"),
        ("validUntil", "0001-01-01T00:00:00+14:00", "invalid-term"),
        ("fields", [], "invalid-term"),
        ("fields", "d#/a", "invalid-term"),
        ("fields", ["d#/a", "d#/c"], "field-outside-purpose"),
        ("fields", ["d#/b"], "required-field-missing"),
        ("uses", 0, "invalid-term"),
        ("uses", True, "invalid-term"),
        ("uses", 1.5, "invalid-term"),
        ("uses", 6, "too-many-uses"),
        ("recipients", [], "invalid-term"),
        ("recipients", [{"oin": "123"}], "invalid-term"),
        ("recipients", [{"oin": OIN, "team": "x"}], "invalid-term"),
        ("recipients", [{"oin": "00000009876543210000"}], "recipient-outside-purpose"),
        ("moonPhase", "full", "unknown-term"),
        ("fields", ["d#/a"] * 201, "invalid-term"),
        ("recipients", [{"oin": OIN}] * 51, "invalid-term"),
        ("recipients", [{"oin": OIN, "department": "a\nb"}], "invalid-term"),
        ("recipients", [{"oin": OIN, "department": "x" * 101}], "invalid-term"),
    ],
)
def test_each_fault_is_named(name: str, value: Any, code: str) -> None:
    assert (f"/terms/{name}", code) in codes({**GOOD, name: value})


def test_more_terms_than_anybody_means_are_refused_in_one_word() -> None:
    assert codes({f"term-{number}": 1 for number in range(10_000)}) == {("/terms", "too-many-terms")}


def test_a_fault_points_by_json_pointer() -> None:
    assert ("/terms/a~1b~0c", "unknown-term") in codes({**GOOD, "a/b~c": 1})


def test_who_sets_no_number_agrees_to_the_purposes_own() -> None:
    unlimited = replace(BOUNDS, most_uses=None)
    without = {key: value for key, value in GOOD.items() if key != "uses"}
    assert Terms.agree(without, BOUNDS).uses_limit == 5
    assert Terms.agree(without, unlimited).uses_limit is None


def test_all_faults_come_at_once() -> None:
    found = codes({"validUntil": "2020-01-01T00:00:00Z", "fields": ["d#/z"], "uses": -1})
    assert found == {
        ("/terms/validUntil", "end-before-start"),
        ("/terms/fields", "field-outside-purpose"),
        ("/terms/fields", "required-field-missing"),
        ("/terms/uses", "invalid-term"),
        ("/terms/recipients", "term-required"),
    }


@pytest.mark.parametrize("name", ["validUntil", "fields", "recipients"])
def test_an_end_fields_and_recipients_are_always_needed(name: str) -> None:
    assert codes({key: value for key, value in GOOD.items() if key != name}) == {(f"/terms/{name}", "term-required")}
