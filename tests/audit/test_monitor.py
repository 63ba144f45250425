"""The log says whether it keeps its promise: every entry under a checkpoint within the promised delay."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from uuid_utils.compat import uuid7

from audit.models import LoggedEntry, Pending
from audit.monitor.log_health import log_health
from audit.signing.promise import made_at
from tests.audit.log import append, grow

pytestmark = pytest.mark.usefixtures("either_db")


def test_an_empty_log_keeps_its_promise() -> None:
    health = log_health(now=datetime.now(UTC))
    assert health.keeps_promise
    assert (health.oldest_pending, health.size, health.signed_at) == (None, 0, None)
    assert (health.unplaceable, health.oldest_pending_seconds) == (0, None)


def test_an_entry_may_wait_as_long_as_promised() -> None:
    appended = append(2)[0]
    made = made_at(appended.id)
    health = log_health(now=made + settings.LOG_PROMISED_DELAY)
    assert health.keeps_promise
    assert health.oldest_pending == health.promised_delay == settings.LOG_PROMISED_DELAY


def test_an_entry_that_waits_longer_breaks_the_promise() -> None:
    made = made_at(append(2)[0].id)
    assert not log_health(now=made + settings.LOG_PROMISED_DELAY + timedelta(milliseconds=1)).keeps_promise


def test_days_of_waiting_are_counted_too() -> None:
    made = made_at(append(1)[0].id)
    assert log_health(now=made + timedelta(days=2, seconds=3)).oldest_pending_seconds == 2 * 24 * 3600 + 3


@pytest.mark.parametrize("number", [2**128 - 1, 253402300800000 << 80])
def test_an_id_beyond_the_calendar_counts_as_one_of_its_last_day(number: int) -> None:
    """Nobody's clock gives it. Who writes it in must not take the monitor down."""
    assert made_at(UUID(int=number)).year == 9999
    LoggedEntry.objects.create(id=UUID(int=number), commitment=bytes(32))
    Pending.objects.create(entry_id=UUID(int=number), commitment=bytes(32))
    assert log_health(now=datetime.now(UTC)).oldest_pending == timedelta(0)


def test_an_entry_about_long_ago_has_not_waited_since() -> None:
    append(at=datetime(2020, 1, 1, tzinfo=UTC))
    assert log_health(now=datetime.now(UTC)).keeps_promise


def test_what_has_its_place_waits_no_longer() -> None:
    grow(3)
    health = log_health(now=datetime.now(UTC) + timedelta(days=365))
    assert health.keeps_promise
    assert health.size == 3
    assert health.signed_at is not None


def test_the_age_of_an_id_is_read_to_the_millisecond() -> None:
    before = datetime.now(UTC)
    made = made_at(uuid7())
    assert before - timedelta(milliseconds=2) <= made <= datetime.now(UTC)
