"""One machine's clock is a year ahead: there nothing ends for good. Where all are, what they wrote is mended later."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from consent import tasks
from consent.clock import FARTHEST_APART, check_clock
from consent.errors import ClocksDisagree, KeyDestroyed
from consent.keys.consent_key import find_consent_key
from consent.keys.memory import memory
from consent.keys.models import ConsentKey, Epoch
from consent.keys.rotation.destroy import FORGOTTEN_AFTER
from consent.keys.rotation.horizon import destruction_due, gone_from_backups, horizon_is_kept
from consent.keys.rotation.rewrap import rewrap_keys
from consent.keys.rotation.turn import turn_epochs
from consent.keys.service import key_service
from consent.models import Consent
from consent.services.expire import expire_consents
from sharing import tasks as sharing_tasks
from sharing.services.release import release
from tests.cast import Cast
from tests.pages import nothing_written

YEAR = timedelta(days=366)


@contextmanager
def clock_ahead(by: timedelta = YEAR) -> Iterator[None]:
    """Let this process live `by` later than the database does."""
    right = timezone.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: right() + by)
        yield


@pytest.mark.parametrize(
    "task",
    [
        tasks.turn_epochs,
        tasks.expire_consents,
        tasks.end_mandates,
        tasks.end_pilots,
        tasks.sweep_keys,
        sharing_tasks.remove_abandoned_uploads,
        sharing_tasks.collect_files,
    ],
)
@pytest.mark.parametrize("ahead", [YEAR, -YEAR])
def test_a_worker_with_a_wrong_clock_ends_nothing(cast: Cast, task: Callable[[], object], ahead: timedelta) -> None:
    consent = cast.grant()
    with nothing_written(), clock_ahead(ahead), pytest.raises(ClocksDisagree):
        task()
    assert list(Epoch.objects.values_list("number", "retired_at")) == [(1, None)]
    assert key_service().names() == ["epoch-1"]
    assert find_consent_key(consent.pk)


@pytest.mark.parametrize("what", ["rotate", "destroy"])
def test_so_does_an_operator(cast: Cast, what: str) -> None:
    with clock_ahead(), pytest.raises(CommandError, match="klok van deze machine"):
        call_command("keys", what)
    assert key_service().names() == ["epoch-1"]


def test_a_little_is_no_matter(db: None) -> None:
    with clock_ahead(FARTHEST_APART / 2):
        check_clock()
    # Two machines, each as far off as it may be, still leave a process the time to forget.
    assert 2 * FARTHEST_APART < FORGOTTEN_AFTER / 2


def test_health_names_the_clock(cast: Cast) -> None:
    assert Client().get("/health/").json()["parts"]["clock"] == "ok"
    with clock_ahead():
        assert Client().get("/health/").json()["parts"]["clock"] == "failing"


def test_what_expired_by_a_wrong_clock_stays_expired(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    with clock_ahead():
        assert expire_consents() == 1
    assert Consent.objects.get(pk=consent.pk).state == "expired"
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="late").released is None
    assert cast.grant().state == "given"


def test_epochs_go_on_when_all_clocks_were_ahead(cast: Cast, settings: Settings) -> None:
    consent = cast.grant()
    begun = Epoch.objects.get().started_at
    now = timezone.now()
    assert turn_epochs(now=now + YEAR)
    rewrap_keys()
    turn_epochs(now=now + YEAR + FORGOTTEN_AFTER)
    assert list(Epoch.objects.retired().values_list("emptied_at", flat=True)) == [now + YEAR + FORGOTTEN_AFTER]
    # The clocks are right again: nothing waits for a year.
    turn_epochs(now=now)
    first, second = Epoch.objects.order_by("number")
    assert (first.started_at, first.retired_at, first.emptied_at) == (begun, now, now)
    assert (second.started_at, second.retired_at) == (begun, None)
    assert horizon_is_kept(now)
    assert not gone_from_backups(now, [first, second]).certain
    turn_epochs(now=destruction_due(first))
    assert "epoch-1" not in key_service().names()
    memory.forget()
    assert find_consent_key(consent.pk)
    assert ConsentKey.objects.living().count() == 1
