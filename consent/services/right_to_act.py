"""Who may do what to a consent: the citizen, or somebody with a mandate that stretches so far."""

from datetime import datetime

from consent.lifecycle import Event
from consent.models import Act, Citizen, Mandate
from consent.services.mandates import check_mandate

# What a mandate must allow.
_ACTS = {
    Event.GRANT: Act.ANSWER,
    Event.REFUSE: Act.ANSWER,
    Event.POSTPONE: Act.ANSWER,
    Event.OFFER: Act.ANSWER,
    Event.PAUSE: Act.CHANGE,
    Event.RESUME: Act.CHANGE,
    Event.NARROW: Act.CHANGE,
    Event.RENEW: Act.CHANGE,
    Event.WITHDRAW: Act.WITHDRAW,
}
# A child of under 16 shares nothing more alone, but needs nobody to share less.
_SHARING_MORE = (Event.GRANT, Event.OFFER, Event.RESUME, Event.RENEW)


def check_right(event: Event, *, citizen: Citizen, purpose: str, mandate: Mandate | None, now: datetime) -> None:
    """Refuse what `mandate`, or the citizen in person, may not do, in the caller's transaction after its locks.

    `purpose` is a slug. Raises MandateRequired or MandateRefused.
    """
    act = _ACTS[event]
    if mandate is None and event not in _SHARING_MORE:
        act = Act.WITHDRAW
    elif mandate is None:
        act = Act.ANSWER
    check_mandate(mandate, citizen=citizen, act=act, purpose=purpose, now=now)
