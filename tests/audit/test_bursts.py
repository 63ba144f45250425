"""Bursts are where enough events lie close together."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from audit.patterns.bursts import Burst, Event, find_bursts

START = datetime(2026, 1, 14, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def events(*minutes: int, who: bytes = b"Daan") -> list[Event]:
    return [Event(START + minute * MINUTE, who) for minute in minutes]


def minutes_of(bursts: list[Burst]) -> list[tuple[int, int]]:
    return [((one.first_at - START) // MINUTE, (one.last_at - START) // MINUTE) for one in bursts]


def test_events_close_together_are_one_burst() -> None:
    found = find_bursts(events(0, 100, 101, 102, 103, 200), least=3, within=5 * MINUTE)
    assert minutes_of(found) == [(100, 103)]


def test_both_ends_of_a_window_count() -> None:
    assert minutes_of(find_bursts(events(0, 5), least=2, within=5 * MINUTE)) == [(0, 5)]
    assert not find_bursts(events(0, 6), least=2, within=5 * MINUTE)


def test_a_long_row_of_windows_is_one_burst() -> None:
    assert minutes_of(find_bursts(events(*range(0, 60, 2)), least=3, within=5 * MINUTE)) == [(0, 58)]


def test_two_bursts_stay_two() -> None:
    assert minutes_of(find_bursts(events(0, 1, 50, 51), least=2, within=5 * MINUTE)) == [(0, 1), (50, 51)]


def test_employees_are_counted_once_each() -> None:
    mixed = sorted([*events(0, 1, 2), *events(3, who=b"Eva")], key=lambda event: event.at)
    assert not find_bursts(mixed, least=3, within=5 * MINUTE, distinct=True)
    assert minutes_of(find_bursts(mixed, least=2, within=5 * MINUTE, distinct=True)) == [(0, 3)]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from([b"a", b"b", b"c"])), max_size=25),
    st.integers(1, 6),
    st.integers(0, 20),
    st.booleans(),
)
def test_an_event_lies_in_a_burst_exactly_if_some_window_around_it_is_full(
    happened: list[tuple[int, bytes]], least: int, within: int, distinct: bool
) -> None:
    ordered = [Event(START + minute * MINUTE, who) for minute, who in sorted(happened)]
    found = find_bursts(ordered, least=least, within=within * MINUTE, distinct=distinct)
    for event in ordered:
        windows = [
            [other.who for other in ordered if begin.at <= other.at <= begin.at + within * MINUTE]
            for begin in ordered
            if begin.at <= event.at <= begin.at + within * MINUTE
        ]
        full = any(len(set(who) if distinct else who) >= least for who in windows)
        inside = any(one.first_at <= event.at <= one.last_at for one in found)
        assert inside >= full
        if not distinct:
            assert inside == full
    assert found == sorted(found, key=lambda one: one.first_at)
