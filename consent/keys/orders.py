"""Ending and suspending keys: at once where the key tables are in the same database, else by an order that is kept.

The order commits with the change that asks for it, and reads refuse from there on; it is carried out right after, and
by the beat for as long as it is not. So no crash leaves a key that its citizen has ended.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from consent.keys.keystore import keystore_is_apart
from consent.keys.models import ConsentKey, RandomKeyQuerySet, VaultKey
from consent.lifecycle import STANDING_STATES, State
from consent.models.citizen import Citizen
from consent.models.consent import Consent
from consent.models.key_order import KeyOrder

logger = structlog.get_logger(__name__)

# Longer than any transaction lasts: a younger key may be of a grant that commits in a moment.
SWEPT_AFTER = timedelta(hours=1)
BATCH = 500


def order(what: KeyOrder.What, kind: KeyOrder.Kind, *, owner: UUID, generation: int, at: datetime) -> None:
    """Destroy or suspend a key as part of the caller's transaction. Safe to run twice."""
    if not keystore_is_apart():
        _carry_out(what, kind, owner, generation, at)
        return
    made = KeyOrder(what=what, kind=kind, owner=owner, generation=generation, ordered_at=at)
    KeyOrder.objects.bulk_create([made], ignore_conflicts=True)
    transaction.on_commit(partial(_carry_out_soon, owner))


def carry_out_orders(owner: UUID | None = None) -> int:
    """Carry out what is ordered, of `owner` alone if given; return how many orders. Safe to run twice and at once."""
    done = 0
    while batch := _carry_out_batch(owner):
        done += batch
    return done


@transaction.atomic
def _carry_out_batch(owner: UUID | None) -> int:
    waiting = KeyOrder.objects.select_for_update(skip_locked=True).order_by("pk")
    if owner is not None:
        waiting = waiting.filter(owner=owner)
    orders = list(waiting[:BATCH])
    for one in orders:
        _carry_out(KeyOrder.What(one.what), KeyOrder.Kind(one.kind), one.owner, one.generation, one.ordered_at)
    KeyOrder.objects.filter(pk__in=[one.pk for one in orders]).delete()
    return len(orders)


def _carry_out_soon(owner: UUID) -> None:
    """Carry out an order whose change has just committed; where the keystore is away, the beat goes on trying."""
    try:
        carry_out_orders(owner)
    except (DatabaseError, InterfaceError):
        logger.exception("the keystore does not answer; the order waits", owner=str(owner))


def _carry_out(what: KeyOrder.What, kind: KeyOrder.Kind, owner: UUID, generation: int, at: datetime) -> None:
    keys = _keys(kind, owner).filter(generation=generation).living()
    if what == KeyOrder.What.DESTROY:
        keys.update(wrapped=None, suspended_at=None, destroyed_at=at)
    else:
        keys.filter(suspended_at__isnull=True).update(suspended_at=at)


def _keys(kind: KeyOrder.Kind, owner: UUID) -> RandomKeyQuerySet[Any]:
    found: RandomKeyQuerySet[Any] = (
        ConsentKey.objects.filter(consent_id=owner)
        if kind == KeyOrder.Kind.CONSENT
        else VaultKey.objects.filter(citizen_id=owner)
    )
    return found


def sweep_keys(now: datetime | None = None) -> int:
    """Destroy the keys in a keystore apart whose owner does not know them; suspend those of paused consents.

    Return how many. A main transaction that failed leaves the first, a resuming that failed the second.
    """
    if not keystore_is_apart():
        return 0
    now = now or timezone.now()
    return _sweep_consent_keys(now) + _sweep_vault_keys(now)


def _sweep_consent_keys(now: datetime) -> int:
    swept = 0
    for batch in _batches(ConsentKey.objects.values_list("pk", "consent_id", "generation", "suspended_at"), now):
        consents = _states({consent_id for _pk, consent_id, _generation, _suspended in batch})
        for _pk, consent_id, generation, suspended_at in batch:
            state, in_use = consents.get(consent_id, ("", 0))
            if state not in STANDING_STATES or generation != in_use:
                _carry_out(KeyOrder.What.DESTROY, KeyOrder.Kind.CONSENT, consent_id, generation, now)
                swept += 1
            elif state == State.PAUSED and suspended_at is None:
                swept += _suspend_if_paused(consent_id, generation, now)
    return swept


def _states(consent_ids: set[UUID]) -> dict[UUID, tuple[str, int]]:
    """Return the state of each consent, and which of its keys is in use."""
    rows = Consent.objects.filter(pk__in=consent_ids).values_list("pk", "state", "key_generation")
    return {consent_id: (state, generation) for consent_id, state, generation in rows}


@transaction.atomic
def _suspend_if_paused(consent_id: UUID, generation: int, now: datetime) -> bool:
    """Suspend the key of a consent that is paused; return whether it was. Its citizen may be resuming it right now, and
    has taken the key into use already: the lock waits for how that ends."""
    paused = Consent.objects.filter(pk=consent_id, state=State.PAUSED).select_for_update(no_key=True)
    if not list(paused.values_list("pk")):
        return False
    _carry_out(KeyOrder.What.SUSPEND, KeyOrder.Kind.CONSENT, consent_id, generation, now)
    return True


def _sweep_vault_keys(now: datetime) -> int:
    swept = 0
    for batch in _batches(VaultKey.objects.values_list("pk", "citizen_id", "generation"), now):
        known = set(Citizen.objects.filter(pk__in=[row[1] for row in batch]).values_list("pk", flat=True))
        for _pk, citizen_id, generation in batch:
            if citizen_id not in known:
                _carry_out(KeyOrder.What.DESTROY, KeyOrder.Kind.VAULT, citizen_id, generation, now)
                swept += 1
    return swept


def _batches(rows: Any, now: datetime) -> Iterator[list[Any]]:
    """Give the living keys that are old enough, some at a time, each as a row that begins with its id."""
    waiting = rows.filter(destroyed_at__isnull=True, created_at__lte=now - SWEPT_AFTER).order_by("pk")
    batch = list(waiting[:BATCH])
    while batch:
        yield batch
        batch = list(waiting.filter(pk__gt=batch[-1][0])[:BATCH])
