"""Days and hours by the clock on the wall in the Netherlands, also in the nights when that clock changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consent.ask import Ask
from consent.errors import InvalidConsent
from consent.terms import Terms
from consent.terms.calendar import period_start
from consent.terms.uses_per_period import UsesPerPeriod
from consent.terms.window import DAYS, Window
from tests.terms import BOUNDS, NOW, OIN, windows

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def window(days: list[str], start: str, until: str) -> Window:
    return Window.parse([{"days": days, "from": start, "until": until}])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-06-01T08:59:59+02:00", False),  # a Monday
        ("2026-06-01T09:00:00+02:00", True),
        ("2026-06-01T16:59:59.999999+02:00", True),
        ("2026-06-01T17:00:00+02:00", False),
        ("2026-06-02T12:00:00+02:00", False),
        ("2026-12-07T08:30:00+00:00", True),  # half past nine by the clock of winter
        ("2026-06-01T07:30:00+00:00", True),  # and by that of summer
        ("2026-12-07T07:30:00+00:00", False),
    ],
)
def test_office_hours_on_monday(at: str, is_open: bool) -> None:
    assert window(["monday"], "09:00", "17:00").is_open(moment(at)) is is_open


def test_past_midnight_belongs_to_the_day_it_began() -> None:
    night = window(["sunday"], "22:00", "06:00")
    assert night.is_open(moment("2026-06-07T23:00:00+02:00"))
    assert night.is_open(moment("2026-06-08T05:59:00+02:00"))
    assert not night.is_open(moment("2026-06-08T06:00:00+02:00"))
    assert not night.is_open(moment("2026-06-07T05:00:00+02:00"))


def test_until_midnight_and_a_whole_day() -> None:
    evening = window(["monday"], "18:00", "24:00")
    assert evening.is_open(moment("2026-06-01T23:59:00+02:00"))
    assert not evening.is_open(moment("2026-06-02T00:00:00+02:00"))
    assert window(["monday"], "00:00", "00:00").spans == window(["monday"], "00:00", "24:00").spans


def test_the_hour_that_spring_skips_does_not_open() -> None:
    """On 29 March 2026 the clock goes from 02:00 to 03:00."""
    skipped = window(["sunday"], "02:00", "03:00")
    assert not skipped.is_open(moment("2026-03-29T01:59:59+01:00"))
    assert not skipped.is_open(moment("2026-03-29T03:00:00+02:00"))
    day = (moment("2026-03-29T00:00:00+01:00"), moment("2026-03-30T00:00:00+02:00"))
    assert not skipped.opens_between(*day)
    assert skipped.opens_between(day[0], day[1] + timedelta(days=7))
    across = window(["sunday"], "02:30", "03:10")
    assert across.opens_between(*day)
    assert not across.opens_between(day[0], moment("2026-03-29T01:00:00+00:00"))
    assert across.opens_between(moment("2026-03-29T00:59:00+00:00"), moment("2026-03-29T01:00:01+00:00"))


def test_the_hour_that_autumn_repeats_opens_twice() -> None:
    """On 25 October 2026 the clock goes from 03:00 back to 02:00."""
    repeated = window(["sunday"], "02:00", "03:00")
    assert repeated.is_open(moment("2026-10-25T02:30:00+02:00"))
    assert repeated.is_open(moment("2026-10-25T02:30:00+01:00"))
    assert not repeated.is_open(moment("2026-10-25T03:00:00+01:00"))


YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@given(windows, st.integers(0, 366 * 24 * 60))
@example([{"days": ["sunday"], "from": "02:15", "until": "02:45"}], 297 * 24 * 60 + 80)
def test_the_zone_in_which_a_moment_is_told_does_not_matter(stored: list[dict[str, Any]], minute: int) -> None:
    """Compared with the wall clock itself, opening by opening."""
    at = YEAR + timedelta(minutes=minute)
    local = at.astimezone(AMSTERDAM)
    today, yesterday, clock = DAYS[local.weekday()], DAYS[local.weekday() - 1], f"{local:%H:%M}"
    expected = any(
        (one["from"] <= clock < one["until"] and today in one["days"])
        if one["from"] < one["until"]
        else (today in one["days"] and clock >= one["from"]) or (yesterday in one["days"] and clock < one["until"])
        for one in stored
    )
    found = Window.parse(stored)
    assert found.is_open(at) is expected
    assert found.is_open(local) is expected
    assert found.is_open(at.astimezone(ZoneInfo("Asia/Kathmandu"))) is expected


@given(windows, st.integers(0, 60 * 24 * 400), st.integers(1, 60 * 12))
@example([{"days": ["sunday"], "from": "02:15", "until": "03:10"}], 86 * 1440 + 1400, 200)
def test_what_opens_is_found(stored: list[dict[str, Any]], begin: int, minutes: int) -> None:
    """Compared with looking at every minute."""
    start = YEAR + timedelta(minutes=begin)
    term = Window.parse(stored)
    assert term.opens_between(start, start + timedelta(minutes=minutes)) is any(
        term.is_open(start + timedelta(minutes=minute)) for minute in range(minutes)
    )


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        "always",
        [{"days": [], "from": "09:00", "until": "17:00"}],
        [{"days": ["maandag"], "from": "09:00", "until": "17:00"}],
        [{"days": [["monday"]], "from": "09:00", "until": "17:00"}],
        [{"days": ["monday"], "from": "24:00", "until": "17:00"}],
        [{"days": ["monday"], "from": "9:00", "until": "17:00"}],
        [{"days": ["monday"], "from": "09:60", "until": "17:00"}],
        [{"days": ["monday"], "from": "09:00", "until": "24:01"}],
        [{"days": ["monday"], "from": "٠٩:٠٠", "until": "17:00"}],
        [{"days": ["monday"], "from": 9, "until": "17:00"}],
        [{"days": ["monday"], "from": "09:00"}],
        [{"days": ["monday"], "from": "09:00", "until": "17:00", "zone": "UTC"}],
        [{"days": ["monday"], "from": "09:00", "until": "17:00"}] * 11,
    ],
)
def test_what_is_no_window_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Window.parse(value)


def test_a_window_that_never_opens_before_the_end_is_refused() -> None:
    """The consent begins on Monday at 14:00 and ends on Wednesday."""
    chosen: dict[str, Any] = {
        "validUntil": "2026-06-03T12:00:00Z",
        "fields": ["d#/a"],
        "recipients": [{"oin": OIN}],
        "window": [{"days": ["thursday", "monday"], "from": "09:00", "until": "12:00"}],
    }
    with pytest.raises(InvalidConsent) as refused:
        Terms.agree(chosen, BOUNDS)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/terms/window", "window-never-opens")]
    Terms.agree({**chosen, "validUntil": "2026-06-05T12:00:00Z"}, BOUNDS)
    with pytest.raises(InvalidConsent):
        Terms.agree({**chosen, "validUntil": "2026-06-05T12:00:00Z", "validFrom": "2026-06-04T10:00:00Z"}, BOUNDS)


@pytest.mark.parametrize(
    ("period", "start"),
    [
        ("day", "2026-10-25T00:00:00+02:00"),
        ("week", "2026-10-19T00:00:00+02:00"),
        ("month", "2026-10-01T00:00:00+02:00"),
        ("year", "2026-01-01T00:00:00+01:00"),
    ],
)
def test_a_period_begins_at_midnight_on_the_wall(period: str, start: str) -> None:
    """Also when the clock changed since."""
    assert period_start(period, moment("2026-10-25T03:30:00+01:00")) == moment(start)
    assert period_start(period, moment("2026-10-25T02:30:00+00:00")).tzinfo is UTC


def test_uses_of_an_earlier_period_are_over() -> None:
    term = UsesPerPeriod.parse({"limit": 2, "period": "week"})
    ask = Ask(("d#/a",), OIN, "work", "requester", "Z-1", NOW, uses_taken=7, period_uses=2)
    assert term.verdict(ask).holds
    this_week, last_week = replace(ask, period_started_at=NOW), replace(ask, period_started_at=NOW - timedelta(days=7))
    assert not term.verdict(this_week).holds
    assert term.verdict(last_week).holds
    assert term.verdict(last_week).params == {"limit": 2, "taken": 0, "period": "week"}
    assert term.verdict(replace(this_week, period_uses=1)).holds
