"""What can happen to a contest, and when: the table of its states and the clock of its answer. Pure."""

import calendar
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """Where a contest stands. The last two are its ends."""

    OPEN = "open"
    IN_TREATMENT = "in-treatment"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What somebody does with a contest: the first by its citizen, the others by a privacy officer."""

    WITHDRAW = "withdraw"
    TAKE = "take"
    EXTEND = "extend"
    ANSWER = "answer"


class Outcome(StrEnum):
    """What the privacy officer found of the line that was contested."""

    WAS_RIGHT = "was-right"
    WAS_WRONG = "was-wrong"


GOING = frozenset({State.OPEN, State.IN_TREATMENT})

# Who answers has taken it first, so that one person is known to be at it; a colleague can take it over. What is not
# here cannot happen.
TRANSITIONS = {
    (State.OPEN, Event.TAKE): State.IN_TREATMENT,
    (State.IN_TREATMENT, Event.TAKE): State.IN_TREATMENT,
    (State.IN_TREATMENT, Event.EXTEND): State.IN_TREATMENT,
    (State.IN_TREATMENT, Event.ANSWER): State.ANSWERED,
    (State.OPEN, Event.WITHDRAW): State.WITHDRAWN,
    (State.IN_TREATMENT, Event.WITHDRAW): State.WITHDRAWN,
}

# GDPR article 12(3): one month, and two further months where that is needed.
MONTHS = 1
FURTHER_MONTHS = 2


def answer_due(received: date, *, extended: bool = False) -> date:
    """Return the last day on which an answer is in time.

    A period of months ends with the day of the same number, or with the last of the month where there is no such day
    (Regulation 1182/71 article 3(2)(c)). The two months count from the end of the first as it was received.
    """
    months = received.month - 1 + MONTHS + (FURTHER_MONTHS if extended else 0)
    year, month = received.year + months // 12, months % 12 + 1
    return date(year, month, min(received.day, calendar.monthrange(year, month)[1]))
