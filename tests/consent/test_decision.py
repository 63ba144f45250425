from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ask import Ask
from consent.decision import Grant, PurposeInForce, decide
from consent.lifecycle import State
from consent.terms import Terms

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OIN = "00000001234567890000"
OTHER_OIN = "00000009876543210000"
PURPOSE = PurposeInForce(retired=False, recipients=frozenset({OIN}))
STORED: dict[str, Any] = {
    "validUntil": "2026-07-01T00:00:00Z",
    "fields": ["income#/amount", "income#/year"],
    "uses": 2,
    "recipients": [{"oin": OIN, "department": "work"}],
}
ASK = Ask(fields=("income#/amount",), oin=OIN, department="work", role="requester", case="Z-1", now=NOW, uses_taken=1)


def grant(state: State = State.GIVEN, **changes: Any) -> Grant:
    return Grant(state, Terms.parse({**STORED, **changes}))


def test_allows_when_every_condition_holds() -> None:
    decision = decide(grant(), PURPOSE, ASK)
    assert decision.allowed
    assert decision.reason == ""
    assert {verdict.code for verdict in decision.verdicts} == {
        "purpose-in-force",
        "purpose-recipient",
        "consent-given",
        "valid-until",
        "fields",
        "uses",
        "recipients",
    }


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (replace(ASK, now=NOW + timedelta(days=30)), "valid-until"),
        (replace(ASK, fields=("income#/amount", "household#/size")), "fields"),
        (replace(ASK, uses_taken=2), "uses"),
        (replace(ASK, department="parking"), "recipients"),
        (replace(ASK, oin=OTHER_OIN), "purpose-recipient"),
    ],
)
def test_one_condition_that_fails_refuses_and_is_named(ask: Ask, reason: str) -> None:
    decision = decide(grant(), PURPOSE, ask)
    assert not decision.allowed
    assert decision.reason == reason


@pytest.mark.parametrize("state", [state for state in State if state is not State.GIVEN])
def test_only_a_given_consent_allows(state: State) -> None:
    assert decide(grant(state), PURPOSE, ASK).reason == "consent-given"


def test_no_consent_refuses() -> None:
    assert decide(None, PURPOSE, ASK).reason == "consent-given"


def test_a_retired_purpose_refuses() -> None:
    assert decide(grant(), replace(PURPOSE, retired=True), ASK).reason == "purpose-in-force"


def test_a_term_that_nobody_knows_refuses() -> None:
    decision = decide(grant(moonPhase="full"), PURPOSE, ASK)
    assert decision.reason == "unknown-term"
    assert decision.verdicts[-1].params == {"term": "moonPhase"}


@pytest.mark.parametrize("name", ["validUntil", "fields", "recipients"])
def test_a_required_term_that_is_missing_refuses(name: str) -> None:
    terms = Terms.parse({key: value for key, value in STORED.items() if key != name})
    assert not decide(Grant(State.GIVEN, terms), PURPOSE, ASK).allowed


def test_the_end_itself_is_too_late() -> None:
    until = datetime(2026, 7, 1, tzinfo=UTC)
    assert decide(grant(), PURPOSE, replace(ASK, now=until - timedelta(microseconds=1))).allowed
    assert not decide(grant(), PURPOSE, replace(ASK, now=until)).allowed


FIELDS = [f"d#/{letter}" for letter in "abcd"]
DEPARTMENTS = ["work", "parking", "care"]


@st.composite
def stored_terms(draw: st.DrawFn) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "validUntil": (NOW + timedelta(hours=draw(st.integers(-5, 5)))).isoformat(),
        "fields": draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True)),
        "recipients": [
            {"oin": OIN, "department": name}
            for name in draw(st.lists(st.sampled_from(DEPARTMENTS), min_size=1, unique=True))
        ],
    }
    if draw(st.booleans()):
        terms["uses"] = draw(st.integers(1, 5))
    return terms


@st.composite
def narrowed(draw: st.DrawFn, terms: dict[str, Any]) -> dict[str, Any]:
    """Terms that are nowhere wider than `terms`."""
    until = datetime.fromisoformat(terms["validUntil"]) - timedelta(hours=draw(st.integers(0, 5)))
    return {
        "validUntil": until.isoformat(),
        "fields": draw(st.lists(st.sampled_from(terms["fields"]), min_size=1, unique=True)),
        "recipients": draw(
            st.lists(st.sampled_from(terms["recipients"]), min_size=1, unique_by=lambda item: item["department"])
        ),
        "uses": draw(st.integers(1, terms.get("uses", 5))),
    }


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    return Ask(
        fields=tuple(draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True))),
        oin=draw(st.sampled_from([OIN, OTHER_OIN])),
        department=draw(st.sampled_from(DEPARTMENTS)),
        role="requester",
        case="Z",
        now=NOW + timedelta(minutes=draw(st.integers(-300, 300))),
        uses_taken=draw(st.integers(0, 6)),
    )


@given(st.data(), stored_terms(), asks())
def test_narrowing_never_turns_a_refusal_into_a_permission(data: st.DataObject, wide: dict[str, Any], ask: Ask) -> None:
    narrow = data.draw(narrowed(wide))
    if decide(Grant(State.GIVEN, Terms.parse(narrow)), PURPOSE, ask).allowed:
        assert decide(Grant(State.GIVEN, Terms.parse(wide)), PURPOSE, ask).allowed


@given(stored_terms(), asks(), st.sampled_from(State))
def test_allowed_is_exactly_all_verdicts_hold(terms: dict[str, Any], ask: Ask, state: State) -> None:
    decision = decide(Grant(state, Terms.parse(terms)), PURPOSE, ask)
    assert decision.allowed == all(verdict.holds for verdict in decision.verdicts)
    assert decision.allowed == (decision.reason == "")
