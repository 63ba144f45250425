"""What holds for all terms: narrowing only narrows, what is written is read again, and what nobody knows refuses."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consent.ask import Ask
from consent.decision import Grant, PurposeInForce, decide
from consent.errors import InvalidConsent
from consent.lifecycle import State
from consent.terms import KINDS, Terms
from consent.terms.terms import ALLOWING
from tests.terms import BOUNDS, NOW, OIN, OTHER_OIN, VALUES, asks, moments, narrowed, stored_terms

PURPOSE = PurposeInForce(retired=False, recipients=frozenset({OIN, OTHER_OIN}))


def allowed(terms: Terms, ask: Ask) -> bool:
    return decide(Grant(State.GIVEN, terms), PURPOSE, ask).allowed


def test_every_term_takes_part() -> None:
    assert set(VALUES) == set(KINDS)


@given(st.data(), stored_terms(), asks())
def test_narrowing_never_turns_a_refusal_into_a_permission(data: st.DataObject, wide: dict[str, Any], ask: Ask) -> None:
    narrow = Terms.parse(data.draw(narrowed(wide)))
    if narrow.within(Terms.parse(wide)) and allowed(narrow, ask):
        assert allowed(Terms.parse(wide), ask)


@given(st.data(), stored_terms(), asks())
def test_one_term_narrowed_alone_only_narrows(data: st.DataObject, wide: dict[str, Any], ask: Ask) -> None:
    """Each term by itself, because all of them at once seldom allow anything."""
    name = data.draw(st.sampled_from(sorted(wide)))
    wider = KINDS[name].parse(wide[name])
    narrower = KINDS[name].parse(data.draw(narrowed(wide)).get(name, wide[name]))
    if narrower.within(wider) and narrower.verdict(ask).holds:
        assert wider.verdict(ask).holds


@given(stored_terms())
def test_terms_are_within_themselves_and_a_term_more_only_narrows(terms: dict[str, Any]) -> None:
    whole = Terms.parse(terms)
    assert whole.within(whole)
    for name in set(terms) - {"validUntil", "fields", "recipients"}:
        fewer = Terms.parse({key: value for key, value in terms.items() if key != name})
        if name in ALLOWING:
            # The other way about: this one allows more.
            assert fewer.within(whole)
            assert whole.beyond(fewer) == [name]
            continue
        assert whole.within(fewer)
        # An answer about a field that is not shared says nothing.
        shared = name != "answerOnly" or set(terms[name]) & set(terms["fields"])
        assert fewer.within(whole) is not bool(shared)


@given(stored_terms())
def test_what_was_written_is_read_and_agreed_to_again(terms: dict[str, Any]) -> None:
    written = Terms.parse(terms).dump()
    assert Terms.parse(written).dump() == written
    try:
        agreed = Terms.agree(terms, BOUNDS)
    except InvalidConsent:
        assume(False)
    assert Terms.agree(agreed.dump(), BOUNDS).dump() == agreed.dump()
    assert Terms.parse(agreed.dump()).within(agreed)
    assert agreed.within(Terms.parse(agreed.dump()))


@given(stored_terms(), asks(), st.text(min_size=1, max_size=9).filter(lambda name: name not in KINDS))
def test_a_term_that_nobody_knows_refuses(terms: dict[str, Any], ask: Ask, name: str) -> None:
    decision = decide(Grant(State.GIVEN, Terms.parse({**terms, name: True})), PURPOSE, ask)
    assert not decision.allowed
    assert "unknown-term" in {verdict.code for verdict in decision.verdicts}
    assert Terms.parse({**terms, name: True}).within(Terms.parse(terms))
    assert not Terms.parse(terms).within(Terms.parse({**terms, name: True}))


@given(stored_terms(), asks(), st.sampled_from(State), st.booleans(), st.booleans())
def test_allowed_is_exactly_all_verdicts_hold(
    terms: dict[str, Any], ask: Ask, state: State, retired: bool, ended: bool
) -> None:
    purpose = replace(PURPOSE, retired=retired, pilot_ended=ended)
    decision = decide(Grant(state, Terms.parse(terms)), purpose, ask)
    assert decision.allowed == all(verdict.holds for verdict in decision.verdicts)
    assert decision.allowed == (decision.reason == "")
    if decision.allowed:
        assert (state, retired, ended) == (State.GIVEN, False, False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(KINDS)), json_values, max_size=5))
def test_what_is_no_term_is_refused_with_its_place_and_nothing_else_happens(chosen: dict[str, Any]) -> None:
    with pytest.raises(InvalidConsent) as refused:
        Terms.agree({**chosen, "fields": []}, BOUNDS)
    assert refused.value.errors
    assert all(error.pointer.startswith("/terms/") and error.detail for error in refused.value.errors)


@given(moments(-100, 100), asks())
def test_a_term_that_is_missing_from_the_wider_is_a_condition_more(start: str, ask: Ask) -> None:
    base = {"validUntil": (NOW + timedelta(days=300)).astimezone(UTC).isoformat(), "fields": list(ask.fields)}
    wide = Terms.parse({**base, "recipients": [{"oin": OIN}, {"oin": OTHER_OIN}]})
    narrow = Terms.parse({**wide.dump(), "validFrom": start})
    assert allowed(wide, ask)
    assert allowed(narrow, ask) == (ask.now.isoformat() >= start)
