"""The states of a consent, and the only ways from one to another.

The states map to those of the W3C Data Privacy Vocabulary (DPV 2, section Consent Status).
"""

from enum import StrEnum

from consent.errors import TransitionRefused


class State(StrEnum):
    """Where a consent stands."""

    REQUESTED = "requested"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Event(StrEnum):
    """What can happen to a consent."""

    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.REQUESTED, Event.GRANT): State.GIVEN,
    (State.REQUESTED, Event.REFUSE): State.REFUSED,
    (State.GIVEN, Event.WITHDRAW): State.WITHDRAWN,
    (State.GIVEN, Event.EXPIRE): State.EXPIRED,
}

OPEN_STATES = (State.REQUESTED, State.GIVEN)

DPV_STATUS = {
    State.REQUESTED: "dpv:ConsentRequested",
    State.GIVEN: "dpv:ConsentGiven",
    State.REFUSED: "dpv:ConsentRefused",
    State.WITHDRAWN: "dpv:ConsentWithdrawn",
    State.EXPIRED: "dpv:ConsentExpired",
}


def next_state(state: State, event: Event) -> State:
    """Return the state after `event`; raise TransitionRefused when the table has no such way."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionRefused(params={"state": state, "event": event}) from None
