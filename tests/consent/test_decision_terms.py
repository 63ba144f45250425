"""What each term says of an access, and in which words."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from consent.ask import Ask
from consent.decision import Decision, Grant, PurposeInForce, decide
from consent.lifecycle import State
from consent.terms import KINDS, Terms
from consent.verdict_sentences import sentence
from tests.terms import ELSEWHERE, NOW, OIN, PLACE, QUARTER, asks, stored_terms

PURPOSE = PurposeInForce(retired=False, recipients=frozenset({OIN}))
ASK = Ask(fields=("d#/a",), oin=OIN, department="work", role="requester", case="Z-1", now=NOW, uses_taken=0)


def decision(ask: Ask = ASK, **terms: Any) -> Decision:
    stored = {"validUntil": "2026-07-01T00:00:00Z", "fields": ["d#/a"], "recipients": [{"oin": OIN}], **terms}
    return decide(Grant(State.GIVEN, Terms.parse(stored)), PURPOSE, ask)


@pytest.mark.parametrize(
    ("terms", "refused", "allowed", "code"),
    [
        ({"validFrom": "2026-06-02T00:00:00Z"}, ASK, replace(ASK, now=NOW + timedelta(hours=12)), "valid-from"),
        (
            {"usesPerPeriod": {"limit": 1, "period": "day"}},
            replace(ASK, period_started_at=NOW, period_uses=1),
            ASK,
            "uses-per-period",
        ),
        (
            {"window": [{"days": ["monday"], "from": "09:00", "until": "17:00"}]},
            replace(ASK, now=NOW + timedelta(hours=12)),
            ASK,
            "window",
        ),
        ({"recipients": [{"oin": OIN, "role": "requester"}]}, replace(ASK, role="approver"), ASK, "recipients"),
        ({"case": "Z-2"}, ASK, replace(ASK, case="Z-2"), "case"),
        ({"area": [QUARTER]}, replace(ASK, place=ELSEWHERE), replace(ASK, place=PLACE), "area"),
        ({"area": [QUARTER]}, ASK, replace(ASK, place=QUARTER), "area"),
        ({"area": [PLACE]}, replace(ASK, place=QUARTER), replace(ASK, place=PLACE), "area"),
        ({"area": [PLACE]}, replace(ASK, place="nowhere"), replace(ASK, place=PLACE), "area"),
        ({"aggregateOnly": True}, ASK, replace(ASK, aggregate=True), "aggregate-only"),
        ({"askMe": True}, ASK, replace(ASK, approved=True), "ask-me"),
    ],
)
def test_each_term_refuses_and_allows(terms: dict[str, Any], refused: Ask, allowed: Ask, code: str) -> None:
    no, yes = decision(refused, **terms), decision(allowed, **terms)
    assert (no.allowed, no.reason) == (False, code)
    assert yes.allowed
    assert code in {verdict.code for verdict in yes.verdicts}


@pytest.mark.parametrize(
    ("terms", "code", "params"),
    [
        ({"answerOnly": {"d#/a": "adult", "d#/b": "low"}}, "answer-only", {"answers": {"d#/a": "adult"}}),
        ({"keep": {"days": 30}}, "keep", {"days": 30}),
        ({"tellMe": True}, "tell-me", {}),
        ({"keepUpToDate": True}, "keep-up-to-date", {}),
    ],
)
def test_a_duty_is_told_and_refuses_nothing(terms: dict[str, Any], code: str, params: dict[str, Any]) -> None:
    found = decision(**terms)
    assert found.allowed
    assert [verdict.params for verdict in found.verdicts if verdict.code == code] == [params]


def test_asking_the_citizen_comes_last() -> None:
    """So that "ask me" is the reason only where it is all that stands in the way."""
    assert decision(askMe=True, case="Z-2").reason == "case"
    assert list(KINDS)[-1] == "askMe"


def test_a_pause_and_the_end_of_a_pilot_refuse() -> None:
    terms = Terms.parse({"validUntil": "2026-07-01T00:00:00Z", "fields": ["d#/a"], "recipients": [{"oin": OIN}]})
    paused = decide(Grant(State.PAUSED, terms), PURPOSE, ASK)
    assert paused.reason == "consent-given"
    assert paused.verdicts[2].params == {"state": "paused"}
    ended = decide(Grant(State.GIVEN, terms), replace(PURPOSE, pilot_ended=True), ASK)
    assert ended.reason == "purpose-in-force"
    assert ended.verdicts[0].params == {"pilotEnded": True}


@pytest.mark.parametrize("language", ["nl", "en"])
@given(terms=stored_terms(), ask=asks(), state=st.sampled_from(State), ended=st.booleans())
def test_every_verdict_has_a_sentence_and_travels_as_json(
    language: str, terms: dict[str, Any], ask: Ask, state: State, ended: bool
) -> None:
    purpose = replace(PURPOSE, pilot_ended=ended)
    with override(language):
        for verdict in decide(Grant(state, Terms.parse({**terms, "moonPhase": 1})), purpose, ask).verdicts:
            travelled = json.loads(json.dumps(verdict.as_dict()))
            assert travelled == verdict.as_dict()
            said = sentence(travelled["code"], travelled["holds"], travelled["params"])
            assert said.endswith(".")
            assert verdict.code not in said or verdict.code in ("fields", "uses", "case", "area", "keep")


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("code", [*(kind.code for kind in KINDS.values()), "purpose-in-force", "consent-given", "else"])
def test_a_sentence_without_its_values_is_still_one(code: str, holds: bool) -> None:
    assert sentence(code, holds, {}).endswith(".")


def test_the_sentence_of_a_window_says_when() -> None:
    refused = decision(
        replace(ASK, now=NOW + timedelta(hours=12)),
        window=[{"days": ["monday", "friday"], "from": "09:00", "until": "17:00"}],
    )
    verdict = next(verdict for verdict in refused.verdicts if verdict.code == "window")
    with override("en"):
        assert sentence(*verdict) == (
            "At this time the data is not shared: it was Tuesday, 02:00. "
            "It is shared on Monday and Friday from 09:00 until 17:00."
        )
