from itertools import product

import pytest

from consent.errors import TransitionRefused
from consent.lifecycle import DPV_STATUS, TRANSITIONS, Event, State, next_state

ALLOWED = {
    ("requested", "grant", "given"),
    ("requested", "refuse", "refused"),
    ("requested", "postpone", "requested"),
    ("requested", "offer", "requested"),
    ("given", "pause", "paused"),
    ("paused", "resume", "given"),
    ("given", "narrow", "given"),
    ("paused", "narrow", "paused"),
    ("given", "renew", "given"),
    ("paused", "renew", "paused"),
    ("given", "withdraw", "withdrawn"),
    ("paused", "withdraw", "withdrawn"),
    ("given", "expire", "expired"),
    ("paused", "expire", "expired"),
    ("given", "replace", "replaced"),
    ("paused", "replace", "replaced"),
    ("given", "invalidate", "invalidated"),
    ("paused", "invalidate", "invalidated"),
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair_is_in_the_table_or_refused(state: State, event: Event) -> None:
    expected = {end for start, by, end in ALLOWED if (start, by) == (state, event)}
    if expected:
        assert {next_state(state, event)} == expected
    else:
        with pytest.raises(TransitionRefused):
            next_state(state, event)


def test_nothing_comes_back_from_an_end() -> None:
    ends = {State.REFUSED, State.WITHDRAWN, State.EXPIRED, State.REPLACED, State.INVALIDATED}
    assert not {start for start, _event in TRANSITIONS} & ends


def test_every_state_has_a_name_in_the_data_privacy_vocabulary() -> None:
    assert set(DPV_STATUS) == set(State)
