"""The erasure horizon: how long after its end a key could still be had from an old backup, at the most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from consent.keys.models import Epoch


def erasure_horizon() -> timedelta:
    """Return the published number: every epoch key is destroyed at most this long after its epoch started."""
    horizon: timedelta = settings.ERASURE_HORIZON
    return horizon


def horizon_days() -> int:
    """Return the erasure horizon in whole days, as people read it: never fewer than it lasts."""
    return -(-erasure_horizon() // timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Gone:
    """From when a key that ended opens in no backup either. `certain` is False for a promise, True for a fact."""

    at: datetime
    certain: bool


def gone_from_backups(ended_at: datetime, epochs: Sequence[Epoch]) -> Gone:
    """Return when a key that ended at `ended_at` was, or will be, gone from every backup.

    `epochs` are all there are. Its wraps stood under the epochs that had started by then, so it is gone with the last
    of their keys.
    """
    held = [epoch for epoch in epochs if epoch.started_at <= ended_at]
    destroyed = [epoch.destroyed_at for epoch in held if epoch.destroyed_at is not None]
    if held and len(destroyed) == len(held):
        return Gone(max(*destroyed, ended_at), certain=True)
    return Gone(ended_at + erasure_horizon(), certain=False)


def destruction_due(epoch: Epoch) -> datetime:
    """Return when the key of `epoch` is to be destroyed: before the horizon, so that a late hour breaks nothing."""
    horizon = erasure_horizon()
    return epoch.started_at + horizon - min(horizon / 20, timedelta(days=1))


def horizon_is_kept(now: datetime) -> bool:
    """Tell whether no epoch key has outlived the published number."""
    return not Epoch.objects.living().filter(started_at__lt=now - erasure_horizon()).exists()
