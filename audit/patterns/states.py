"""The life of a finding: new, looked into, and then explained, reported or closed."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    NEW = "new"
    LOOKED_INTO = "looked-into"
    EXPLAINED = "explained"
    REPORTED = "reported"
    CLOSED = "closed"


STATES: tuple[str, ...] = tuple(state.value for state in State)

# While it is open, what is found of the same belongs to it.
OPEN: tuple[str, ...] = (State.NEW.value, State.LOOKED_INTO.value)

# Each of these says how it ended, and why.
NEEDS_NOTE = frozenset({State.EXPLAINED, State.REPORTED, State.CLOSED})

ALLOWED: Mapping[State, frozenset[State]] = {
    State.NEW: frozenset({State.LOOKED_INTO}),
    State.LOOKED_INTO: frozenset({State.EXPLAINED, State.REPORTED, State.CLOSED}),
    State.EXPLAINED: frozenset({State.LOOKED_INTO}),
    State.REPORTED: frozenset({State.LOOKED_INTO, State.CLOSED}),
    State.CLOSED: frozenset(),
}


def may_become(state: str, other: str) -> bool:
    return other in ALLOWED[State(state)]
