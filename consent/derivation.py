"""Yes-or-no questions about a value: what a citizen can share instead of the value itself.

A rule is {kind: "age-at-least", years}, {kind: "equals", value}, {kind: "one-of", values}, {kind: "below", value} or
{kind: "at-least", value}. It is defined with the dataset, and answered inside the service.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Rule = Mapping[str, Any]


def check_rule(rule: Any) -> None:
    """Raise ValueError for what is no rule."""
    if not isinstance(rule, dict) or not isinstance(rule.get("kind"), str) or rule["kind"] not in _KINDS:
        raise ValueError(f"a rule has one of the kinds {', '.join(sorted(_KINDS))}")
    parameter, fits, _answer = _KINDS[rule["kind"]]
    if set(rule) != {"kind", parameter} or not fits(rule[parameter]):
        raise ValueError(f"a rule of the kind {rule['kind']} has a fitting {parameter} and nothing else")


def answer(rule: Rule, value: Any, *, today: date) -> bool:
    """Answer the question for `value`; raise ValueError when the value has not the form that the rule asks for.

    `today` is the day in Europe/Amsterdam on which the question is put.
    """
    parameter, _fits, found = _KINDS[rule["kind"]]
    return found(rule[parameter], value, today)


def fits_schema(rule: Rule, schema: Mapping[str, Any]) -> bool:
    """Tell whether values that `schema` describes can have the form that `rule` asks for, as far as it names a type."""
    types = {"age-at-least": {"string"}, "below": {"integer", "number"}, "at-least": {"integer", "number"}}
    named = schema.get("type")
    if named is None or rule["kind"] not in types:
        return True
    return not types[rule["kind"]].isdisjoint([named] if isinstance(named, str) else named)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _number(value: Any) -> int | float:
    if not _is_number(value):
        raise ValueError("this question is about a number")
    found: int | float = value
    return found


def _age_at_least(years: int, value: Any, today: date) -> bool:
    if not isinstance(value, str):
        raise ValueError("this question is about a date of birth")
    born = date.fromisoformat(value)
    # Who was born on 29 February is a year older on 1 March in a year without that day (article 1 Algemene
    # termijnenwet counts whole days).
    return (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) >= years


def _equals(expected: Any, value: Any, _today: date) -> bool:
    # True is no 1 here: a rule about a number is not answered by a switch.
    return isinstance(value, bool) == isinstance(expected, bool) and bool(value == expected)


def _one_of(expected: list[Any], value: Any, today: date) -> bool:
    return any(_equals(one, value, today) for one in expected)


def _below(limit: float, value: Any, _today: date) -> bool:
    return _number(value) < limit


def _at_least(limit: float, value: Any, _today: date) -> bool:
    return _number(value) >= limit


def _is_age(years: Any) -> bool:
    return isinstance(years, int) and not isinstance(years, bool) and 0 < years < 150


def _are_plain(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(_is_plain(value) for value in values)


# The name of the parameter, what it must be, and how the question is answered.
_KINDS: dict[str, tuple[str, Callable[[Any], bool], Callable[[Any, Any, date], bool]]] = {
    "age-at-least": ("years", _is_age, _age_at_least),
    "equals": ("value", _is_plain, _equals),
    "one-of": ("values", _are_plain, _one_of),
    "below": ("value", _is_number, _below),
    "at-least": ("value", _is_number, _at_least),
}
