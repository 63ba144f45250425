"""Turning epochs by a clock that is given."""

from datetime import datetime, timedelta

from django.utils import timezone

from consent.keys.memory import memory
from consent.keys.models import Epoch
from consent.keys.rotation.destroy import FORGOTTEN_AFTER, destroy_epoch, empty_epoch
from consent.keys.rotation.rewrap import rewrap_keys
from consent.keys.rotation.start import start_next_epoch


def rotate(*, now: datetime | None = None) -> Epoch:
    """Start the next epoch and rewrap everything; return the epoch that retired."""
    start_next_epoch(now=now or timezone.now())
    rewrap_keys()
    retired = Epoch.objects.retired().last()
    assert retired is not None
    return retired


def destroy(epoch: Epoch) -> None:
    """Destroy the key of a retired epoch, and let this process forget as it would have by then."""
    now = timezone.now()
    empty_epoch(epoch, now=now - FORGOTTEN_AFTER - timedelta(seconds=1))
    destroy_epoch(epoch, now=now)
    memory.forget()
