"""Starting the next epoch: from its commit on, new keys are wrapped under it."""

from datetime import datetime

from django.db import transaction

from audit.entry import Entry
from audit.services.append import append_entry
from consent import actions
from consent.keys.epoch import current_epoch, key_name
from consent.keys.health import prove_key_service
from consent.keys.keystore import keystore
from consent.keys.models import Epoch
from consent.keys.service import key_service


def start_next_epoch(*, now: datetime) -> Epoch:
    """Retire the current epoch and start the next; return it. Of two that do so at once, one does.

    Raises KeyServiceUnavailable.
    """
    # A key service that lost its keys would take the new one, and then all others would look destroyed.
    prove_key_service()
    current = current_epoch()
    number = current.number + 1
    # The key first: an epoch without one would keep every new consent out.
    key_service().create(key_name(number))
    with transaction.atomic(), transaction.atomic(using=keystore()):
        # Locks the row: the other one waits, and finds the epoch retired.
        if Epoch.objects.filter(pk=current.pk, retired_at__isnull=True).update(retired_at=now):
            Epoch.objects.create(number=number, key_name=key_name(number), started_at=now)
            details = {"epoch": number, "retired": current.number}
            append_entry(Entry(action=actions.EPOCH_STARTED.name, outcome="allowed", at=now, details=details))
    return current_epoch()
