"""What can happen to a contest in each state, and the last day for an answer."""

from datetime import date
from itertools import product

import pytest

from audit.contests.lifecycle import GOING, TRANSITIONS, Event, State, answer_due

ALLOWED = {
    ("open", "take"): "in-treatment",
    ("open", "withdraw"): "withdrawn",
    ("in-treatment", "take"): "in-treatment",
    ("in-treatment", "extend"): "in-treatment",
    ("in-treatment", "answer"): "answered",
    ("in-treatment", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_each_event_in_each_state(state: State, event: Event) -> None:
    to = TRANSITIONS.get((state, event))
    assert (to.value if to else None) == ALLOWED.get((state.value, event.value))


def test_what_is_over_stays_over() -> None:
    assert {State.OPEN, State.IN_TREATMENT} == GOING
    assert not [state for state, _event in TRANSITIONS if state not in GOING]


@pytest.mark.parametrize(
    ("received", "due", "extended"),
    [
        (date(2026, 11, 25), date(2026, 12, 25), date(2027, 2, 25)),
        # No such day in that month: its last one. The extension counts from the day that it was received.
        (date(2027, 1, 31), date(2027, 2, 28), date(2027, 4, 30)),
        (date(2027, 12, 31), date(2028, 1, 31), date(2028, 3, 31)),
        (date(2028, 1, 30), date(2028, 2, 29), date(2028, 4, 30)),
        (date(2026, 12, 1), date(2027, 1, 1), date(2027, 3, 1)),
    ],
)
def test_an_answer_is_due_within_a_month_and_within_three_when_extended(
    received: date, due: date, extended: date
) -> None:
    assert answer_due(received) == due
    assert answer_due(received, extended=True) == extended
