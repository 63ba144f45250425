"""Terms that are wider than the purpose: each refused with its place and a reason."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consent.area import cell_at
from consent.bounds import Bounds
from consent.errors import InvalidConsent
from consent.terms import Terms
from tests.terms import BOUNDS, ELSEWHERE, NOW, OIN, OTHER_OIN, PLACE, QUARTER

GOOD: dict[str, Any] = {
    "validUntil": "2026-06-15T12:00:00+02:00",
    "fields": ["d#/a", "d#/b"],
    "recipients": [{"oin": OIN, "department": "work", "role": "requester"}],
    "validFrom": "2026-06-02T12:00:00+02:00",
    "usesPerPeriod": {"limit": 1, "period": "week"},
    "window": [{"days": ["monday"], "from": "22:00", "until": "06:00"}],
    "answerOnly": {"d#/a": "adult"},
    "case": "Z-2026-17",
    "area": [PLACE],
    "askMe": True,
    "tellMe": True,
    "keep": {"days": 30},
    "keepUpToDate": True,
    "aggregateOnly": True,
    "uses": 3,
}
THE_NORTH = cell_at(53.2194, 6.5665)
LIMITED = replace(BOUNDS, most_uses=5)


def codes(terms: dict[str, Any], bounds: Bounds = LIMITED) -> set[tuple[str, str]]:
    with pytest.raises(InvalidConsent) as caught:
        Terms.agree(terms, bounds)
    assert all(error.detail for error in caught.value.errors)
    return {(error.pointer.removeprefix("/terms/"), error.code) for error in caught.value.errors}


def test_all_terms_together_are_agreed_to() -> None:
    agreed = Terms.agree(GOOD, LIMITED)
    assert set(agreed.dump()) == set(GOOD)
    assert agreed.uses_limit == 3
    assert (agreed.asks_me, agreed.tells_me, agreed.keep_for) == (True, True, timedelta(days=30))
    assert agreed.answers == {"d#/a": "adult"}
    assert agreed.uses_per_period is not None
    assert agreed.uses_per_period.limit == 1


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("validFrom", "2026-06-15T12:00:00+02:00", "start-after-end"),
        ("validFrom", "2027-06-15T12:00:00+02:00", "start-after-end"),
        ("validFrom", "2026-06-02T12:00:00", "invalid-term"),
        ("validFrom", 5, "invalid-term"),
        ("validUntil", "2026-07-15T12:00:00+02:00", "end-too-late"),
        ("usesPerPeriod", {"limit": 0, "period": "week"}, "invalid-term"),
        ("usesPerPeriod", {"limit": True, "period": "week"}, "invalid-term"),
        ("usesPerPeriod", {"limit": 1, "period": "fortnight"}, "invalid-term"),
        ("usesPerPeriod", {"limit": 1, "period": ["week"]}, "invalid-term"),
        ("usesPerPeriod", {"limit": 1}, "invalid-term"),
        ("usesPerPeriod", {"limit": 6, "period": "week"}, "too-many-uses"),
        ("window", [], "invalid-term"),
        ("answerOnly", {}, "invalid-term"),
        ("answerOnly", ["adult"], "invalid-term"),
        ("answerOnly", {"d#/a": 18}, "invalid-term"),
        ("answerOnly", {"d#/a": "tall"}, "unknown-derivation"),
        ("answerOnly", {"d#/c": "adult"}, "unknown-derivation"),
        ("answerOnly", {"elsewhere#/a": "adult"}, "unknown-derivation"),
        ("recipients", [{"oin": OIN, "department": "moon"}], "unknown-department"),
        ("recipients", [{"oin": OTHER_OIN, "department": "work"}], "unknown-department"),
        ("recipients", [{"oin": OIN, "role": "mayor"}], "unknown-role"),
        ("recipients", [{"oin": OIN, "role": "auditor"}], "unknown-role"),
        ("case", "", "invalid-term"),
        ("case", " Z-1", "invalid-term"),
        ("case", "Z\n1", "invalid-term"),
        ("case", "Z" * 101, "invalid-term"),
        ("case", 17, "invalid-term"),
        ("area", [], "invalid-term"),
        ("area", ["the old town"], "invalid-term"),
        ("area", [17], "invalid-term"),
        ("area", [PLACE.upper()], "invalid-term"),
        ("area", [THE_NORTH], "unknown-area"),
        ("area", [PLACE, THE_NORTH], "unknown-area"),
        ("askMe", False, "invalid-term"),
        ("tellMe", 1, "invalid-term"),
        ("aggregateOnly", "yes", "invalid-term"),
        ("keepUpToDate", False, "invalid-term"),
        ("keepUpToDate", "always", "invalid-term"),
        ("keep", {"days": 91}, "kept-too-long"),
        ("keep", {"days": 0}, "invalid-term"),
        ("keep", {"days": 1.5}, "invalid-term"),
        ("keep", 30, "invalid-term"),
        ("keep", {"weeks": 3}, "invalid-term"),
    ],
)
def test_each_fault_is_named(name: str, value: Any, code: str) -> None:
    assert codes({**GOOD, name: value}) == {(name, code)}


def test_the_end_of_a_pilot_or_a_mandate_is_the_latest_end() -> None:
    ended = replace(LIMITED, latest_end=NOW + timedelta(days=10))
    assert codes(GOOD, ended) == {("validUntil", "end-after-latest")}
    Terms.agree({**GOOD, "validUntil": ended.latest_end.isoformat() if ended.latest_end else ""}, ended)


def test_an_area_is_one_of_the_organisation() -> None:
    assert Terms.agree({**GOOD, "area": [QUARTER, ELSEWHERE]}, LIMITED).dump()["area"] == sorted([QUARTER, ELSEWHERE])
    assert codes(GOOD, replace(LIMITED, area_cells=frozenset())) == {("area", "unknown-area")}
    assert codes({**GOOD, "area": [QUARTER]}, replace(LIMITED, area_cells=frozenset({PLACE}))) == {
        ("area", "unknown-area")
    }


def test_the_purpose_asks_an_answer_and_not_the_value() -> None:
    asked = replace(LIMITED, answers_only={"d#/a": "adult", "d#/c": "adult"})
    without = {name: value for name, value in GOOD.items() if name != "answerOnly"}
    assert Terms.agree(without, asked).answers == {"d#/a": "adult"}
    assert Terms.agree({**without, "answerOnly": {"d#/b": "low-income"}}, asked).answers == {
        "d#/a": "adult",
        "d#/b": "low-income",
    }
    assert codes({**without, "answerOnly": {"d#/a": "pensioner"}}, asked) == {("answerOnly", "unknown-derivation")}
    assert Terms.agree({**without, "fields": ["d#/b"]}, asked).answers == {}


def test_an_answer_about_a_field_that_is_not_shared_is_left_out() -> None:
    assert "answerOnly" not in Terms.agree({**GOOD, "fields": ["d#/b"]}, LIMITED).dump()


def test_a_counter_offer_may_leave_out_what_is_required_and_nothing_else() -> None:
    strict = replace(LIMITED, required_fields=frozenset({"d#/c"}))
    assert codes(GOOD, strict) == {("fields", "required-field-missing")}
    assert Terms.offer(GOOD, strict).fields == {"d#/a", "d#/b"}
    with pytest.raises(InvalidConsent):
        Terms.offer({**GOOD, "fields": ["d#/z"]}, strict)


def test_less_is_within_more_and_not_the_other_way() -> None:
    wide = Terms.agree(GOOD, LIMITED)
    narrow = Terms.agree({**GOOD, "fields": ["d#/b"], "answerOnly": {"d#/b": "low-income"}, "uses": 1}, LIMITED)
    assert narrow.within(wide)
    assert not wide.within(narrow)
    raw = Terms.agree({name: value for name, value in GOOD.items() if name != "answerOnly"}, LIMITED)
    assert wide.within(raw)
    assert not raw.within(wide)


def test_to_be_kept_up_to_date_is_more() -> None:
    kept = Terms.agree(GOOD, LIMITED)
    plain = Terms.agree({name: value for name, value in GOOD.items() if name != "keepUpToDate"}, LIMITED)
    assert (kept.keeps_up_to_date, plain.keeps_up_to_date) == (True, False)
    assert plain.within(kept)
    assert kept.beyond(plain) == ["keepUpToDate"]
    assert plain.beyond(Terms.agree({**GOOD, "uses": 2, "askMe": True}, LIMITED)) == ["uses"]
