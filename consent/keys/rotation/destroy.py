"""The end of an epoch: emptied when no key needs it, destroyed in the key service when no memory may hold it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from audit.entry import Entry
from audit.services.append import append_entry
from consent import actions
from consent.errors import EpochNeeded
from consent.keys.keystore import keystore
from consent.keys.memory import KEPT_FOR
from consent.keys.models import Epoch, PseudonymKey, PurposeKey
from consent.keys.rotation.rewrap import MODELS
from consent.keys.service import key_service
from consent.keys.unavailable import unavailable

# Twice as long as a process remembers a purpose key: one may have opened it at the last moment.
FORGOTTEN_AFTER = 2 * KEPT_FOR
_BATCH = 5000


def empty_epoch(epoch: Epoch, *, now: datetime) -> None:
    """Delete the purpose keys of a retired epoch, once no living key needs them. Safe to run twice.

    Raises EpochNeeded, with how many keys need it.
    """
    if epoch.emptied_at is not None:
        return
    needed = keys_that_need(epoch)
    if epoch.retired_at is None or needed:
        raise EpochNeeded(params={"epoch": epoch.number, "keys": needed})
    destroyed = _let_go(epoch)
    with transaction.atomic(), transaction.atomic(using=keystore()):
        # Waits for whoever wraps a key with one of these at this moment, so that it is counted.
        keys = PurposeKey.objects.select_for_update().filter(epoch=epoch)
        list(keys)
        if needed := keys_that_need(epoch):
            raise EpochNeeded(params={"epoch": epoch.number, "keys": needed})
        destroyed += _let_go(epoch)
        keys.delete()
        if not Epoch.objects.filter(pk=epoch.pk, emptied_at__isnull=True).update(emptied_at=now):
            return
        surviving = sum(model.objects.living().count() for model in MODELS)
        details = {"epoch": epoch.number, "destroyedKeys": destroyed, "survivingKeys": surviving}
        append_entry(Entry(action=actions.EPOCH_EMPTIED.name, outcome="allowed", at=now, details=details))
    epoch.emptied_at = now


def destroy_epoch(epoch: Epoch, *, now: datetime) -> None:
    """Destroy the key of an emptied epoch in the key service, and say so in the log. Safe to run twice.

    From here on nothing that was ever wrapped under it opens, in no backup either. Raises EpochNeeded before a process
    may have forgotten its purpose keys, and KeyServiceUnavailable.
    """
    if epoch.destroyed_at is not None:
        return
    # A key that was made at the last moment, under a purpose key that was new as well, is rewrapped first.
    needed = keys_that_need(epoch)
    if needed or epoch.emptied_at is None or epoch.emptied_at > now - FORGOTTEN_AFTER:
        raise EpochNeeded(params={"epoch": epoch.number, "keys": needed})
    key_service().destroy(epoch.key_name)
    if epoch.key_name in key_service().names():
        raise unavailable(f"{epoch.key_name} was destroyed, and is still there")
    with transaction.atomic(), transaction.atomic(using=keystore()):
        if Epoch.objects.filter(pk=epoch.pk, destroyed_at__isnull=True).update(destroyed_at=now):
            details = {"epoch": epoch.number, "keyName": epoch.key_name, "keysThatNeedIt": keys_that_need(epoch)}
            append_entry(Entry(action=actions.EPOCH_DESTROYED.name, outcome="allowed", at=now, details=details))
    epoch.destroyed_at = now


def keys_that_need(epoch: Epoch) -> int:
    """Return how many living keys are wrapped under `epoch`."""
    random_keys = sum(model.objects.living().filter(purpose_key__epoch=epoch).count() for model in MODELS)
    return random_keys + PseudonymKey.objects.filter(epoch=epoch).count()


def _let_go(epoch: Epoch) -> int:
    """Take the destroyed keys of `epoch` off its purpose keys, so that these can go; return how many there were."""
    count = 0
    for model in MODELS:
        rows: QuerySet[Any] = model.objects.filter(purpose_key__epoch=epoch, destroyed_at__isnull=False)
        while batch := list(rows.values_list("pk", flat=True)[:_BATCH]):
            count += model.objects.filter(pk__in=batch, destroyed_at__isnull=False).update(purpose_key=None)
    return count
