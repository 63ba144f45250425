"""What the beat does with epochs: each step when it is due, and again until it is done."""

from datetime import datetime

import structlog
from django.conf import settings

from consent.clock import FARTHEST_APART
from consent.errors import EpochNeeded
from consent.keys.epoch import current_epoch
from consent.keys.models import Epoch
from consent.keys.rotation.destroy import FORGOTTEN_AFTER, destroy_epoch, empty_epoch
from consent.keys.rotation.horizon import destruction_due
from consent.keys.rotation.rewrap import keys_to_rewrap
from consent.keys.rotation.start import start_next_epoch
from consent.keys.rotation.wear import is_worn

_MOMENTS = ("started_at", "retired_at", "emptied_at", "destroyed_at")

logger = structlog.get_logger(__name__)


def turn_epochs(*, now: datetime) -> bool:
    """Start the next epoch, empty the retired ones and destroy their keys, as far as each is due.

    Return whether there are keys to rewrap. Raises KeyServiceUnavailable.
    """
    _take_back_what_is_to_come(now)
    current = current_epoch()
    if now - current.started_at >= settings.KEY_EPOCH_LENGTH or is_worn(current):
        start_next_epoch(now=now)
    waiting = keys_to_rewrap() > 0
    for epoch in Epoch.objects.retired():
        try:
            # Whoever took a purpose key just before its epoch retired has stored what it wrapped by then.
            if epoch.retired_at is not None and now >= epoch.retired_at + FORGOTTEN_AFTER:
                empty_epoch(epoch, now=now)
            if now >= destruction_due(epoch):
                destroy_epoch(epoch, now=now)
        except EpochNeeded as needed:
            # Its keys are being rewrapped, or were until minutes ago.
            logger.info("an epoch is still needed", **needed.params)
    return waiting


def _take_back_what_is_to_come(now: datetime) -> None:
    """Mend what a clock that was ahead wrote, of the database and the worker alike: it kept keys alive for too long.

    What happened, happened by `now`; and an epoch did not start before the one that it took the place of.
    """
    to_come = now + 2 * FARTHEST_APART
    before = now
    for epoch in Epoch.objects.order_by("number"):
        wrong = [name for name in _MOMENTS if (at := getattr(epoch, name)) is not None and at > to_come]
        for name in wrong:
            setattr(epoch, name, before if name == "started_at" else now)
        if wrong:
            logger.warning("an epoch had moments that are still to come", epoch=epoch.number, moments=wrong)
            epoch.save(update_fields=wrong)
        before = epoch.started_at
