"""What the worker does by the clock, with a real worker on Redis; and what happens when it is killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from consent.keys.models import ConsentKey
from consent.lifecycle import State
from consent.models import Consent
from consent.tasks import expire_consents
from tests.cast import Cast

PATIENCE_SECONDS = 60.0


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "the worker did not do it in time"
        time.sleep(0.1)


def overdue(cast: Cast) -> Consent:
    """Return a consent whose end came an hour ago, and that nobody has ended yet."""
    consent = cast.grant()
    Consent.objects.filter(pk=consent.pk).update(ends_at=timezone.now() - timedelta(hours=1))
    return consent


def test_a_worker_ends_what_has_ended(committed_cast: Cast, celery_worker_process: "subprocess.Popen[str]") -> None:
    consent = overdue(committed_cast)
    expire_consents.delay()
    wait_for(lambda: Consent.objects.get(pk=consent.pk).state == State.EXPIRED)
    assert ConsentKey.objects.get(consent_id=consent.pk).wrapped is None


def test_what_a_killed_worker_left_the_next_beat_does(
    committed_cast: Cast, celery_worker_process: "subprocess.Popen[str]"
) -> None:
    consent = overdue(committed_cast)
    os.killpg(celery_worker_process.pid, signal.SIGKILL)
    celery_worker_process.wait(timeout=30)
    expire_consents.delay()
    assert Consent.objects.get(pk=consent.pk).state == State.GIVEN
    assert ConsentKey.objects.get(consent_id=consent.pk).wrapped is not None
    # Half of an end would be a state without its key, or the reverse; the database holds neither.
    assert expire_consents() == 1
    consent.refresh_from_db()
    assert consent.state == State.EXPIRED
    assert ConsentKey.objects.get(consent_id=consent.pk).wrapped is None
