"""Epochs: the first one, and the one in which new purpose keys are made."""

from django.utils import timezone

from consent.keys.models import Epoch
from consent.keys.service import key_service
from consent.keys.unavailable import unavailable


def key_name(number: int) -> str:
    """Return the name that the key of an epoch has in the key service."""
    return f"epoch-{number}"


def start_epoch() -> Epoch:
    """Make the first epoch and its key in the key service, unless there is one; return the current. Safe to run twice.

    Raises KeyServiceUnavailable where the epoch is there and its key is not: a new key would open nothing.
    """
    epoch = Epoch.objects.living().last()
    if epoch is None:
        # The key first: an epoch without one would never start.
        key_service().create(key_name(1))
        epoch, _ = Epoch.objects.get_or_create(
            number=1, defaults={"key_name": key_name(1), "started_at": timezone.now()}
        )
    elif epoch.key_name not in key_service().names():
        detail = f"{epoch.key_name} is not in the key service. Mount its folder, or bring it back from its backup."
        raise unavailable(detail)
    return epoch


def current_epoch() -> Epoch:
    """Return the epoch in which new purpose keys are made; raise KeyServiceUnavailable before the first."""
    epoch = Epoch.objects.filter(retired_at__isnull=True).first()
    if epoch is None:
        raise unavailable("no epoch: run manage.py keys start")
    return epoch
