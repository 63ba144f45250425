"""What the beat does with epochs: each step when it is due, and again until it is done."""

from datetime import datetime

import structlog
from django.conf import settings

from consent.errors import EpochNeeded
from consent.keys.epoch import current_epoch
from consent.keys.models import Epoch
from consent.keys.rotation.destroy import FORGOTTEN_AFTER, destroy_epoch, empty_epoch
from consent.keys.rotation.horizon import destruction_due
from consent.keys.rotation.rewrap import keys_to_rewrap
from consent.keys.rotation.start import start_next_epoch
from consent.keys.rotation.wear import is_worn

logger = structlog.get_logger(__name__)


def turn_epochs(*, now: datetime) -> bool:
    """Start the next epoch, empty the retired ones and destroy their keys, as far as each is due.

    Return whether there are keys to rewrap. Raises KeyServiceUnavailable.
    """
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
