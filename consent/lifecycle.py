"""The states of a consent, and the only ways from one to another.

The states map to those of the W3C Data Privacy Vocabulary (DPV 2, section Consent Status).
"""

from enum import StrEnum

from consent.errors import TransitionRefused


class State(StrEnum):
    """Where a consent stands."""

    REQUESTED = "requested"
    GIVEN = "given"
    PAUSED = "paused"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REPLACED = "replaced"
    INVALIDATED = "invalidated"


class Event(StrEnum):
    """What can happen to a consent."""

    GRANT = "grant"
    REFUSE = "refuse"
    POSTPONE = "postpone"
    OFFER = "offer"
    PAUSE = "pause"
    RESUME = "resume"
    NARROW = "narrow"
    RENEW = "renew"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    # The citizen agreed to another text or to other terms, and that new consent took this one's place.
    REPLACE = "replace"
    # It never should have counted: who gave it had no right to.
    INVALIDATE = "invalidate"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.REQUESTED, Event.GRANT): State.GIVEN,
    (State.REQUESTED, Event.REFUSE): State.REFUSED,
    (State.REQUESTED, Event.POSTPONE): State.REQUESTED,
    (State.REQUESTED, Event.OFFER): State.REQUESTED,
    **{(state, Event.NARROW): state for state in (State.GIVEN, State.PAUSED)},
    **{(state, Event.RENEW): state for state in (State.GIVEN, State.PAUSED)},
    (State.GIVEN, Event.PAUSE): State.PAUSED,
    (State.PAUSED, Event.RESUME): State.GIVEN,
    **{
        (state, event): end
        for state in (State.GIVEN, State.PAUSED)
        for event, end in (
            (Event.WITHDRAW, State.WITHDRAWN),
            (Event.EXPIRE, State.EXPIRED),
            (Event.REPLACE, State.REPLACED),
            (Event.INVALIDATE, State.INVALIDATED),
        )
    },
}

# A key stands behind these: something is, or can be again, shared.
STANDING_STATES = (State.GIVEN, State.PAUSED)
OPEN_STATES = (State.REQUESTED, *STANDING_STATES)

DPV_STATUS = {
    State.REQUESTED: "dpv:ConsentRequested",
    State.GIVEN: "dpv:ConsentGiven",
    # DPV has no word for a pause: the consent stays given, and its use is put off.
    State.PAUSED: "dpv:ConsentGiven",
    State.REFUSED: "dpv:ConsentRefused",
    State.WITHDRAWN: "dpv:ConsentWithdrawn",
    State.EXPIRED: "dpv:ConsentExpired",
    State.REPLACED: "dpv:ConsentTerminated",
    State.INVALIDATED: "dpv:ConsentInvalidated",
}

# What a question that was put off is called.
DPV_POSTPONED = "dpv:ConsentRequestDeferred"


def next_state(state: State, event: Event) -> State:
    """Return the state after `event`; raise TransitionRefused when the table has no such way."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionRefused(params={"state": state, "event": event}) from None
