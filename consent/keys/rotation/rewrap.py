"""Rewrapping: what lives under an older epoch is wrapped anew under the current one. Data is never touched.

It runs in batches that may run twice, stop anywhere and go on: a row is written only where it still has the wrap that
was read. A key that is being destroyed meanwhile stays destroyed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import connections, transaction

from consent.errors import DoesNotOpen
from consent.keys import consent_key, staff_name, vault_key
from consent.keys.envelope import seal, unseal
from consent.keys.epoch import current_epoch
from consent.keys.keystore import keystore
from consent.keys.models import ConsentKey, DisclosureKey, Epoch, PseudonymKey, PurposeKey, RandomKey, VaultKey
from consent.keys.ring import open_purpose_key, pseudonym_binding, purpose_key, random_key_binding
from consent.keys.service import key_service

BATCH = 1000

logger = structlog.get_logger(__name__)

Progress = Callable[[int], object]
"""Called with how many keys were rewrapped since the last call."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One table of random keys: what is bound into its wraps, and the column of the owner."""

    model: type[ConsentKey] | type[VaultKey] | type[DisclosureKey]
    level: str
    owner: str


_KINDS = (
    _Kind(ConsentKey, consent_key.LEVEL, "consent_id"),
    _Kind(VaultKey, vault_key.LEVEL, "citizen_id"),
    _Kind(DisclosureKey, staff_name.LEVEL, "organisation_id"),
)
MODELS: tuple[type[ConsentKey] | type[VaultKey] | type[DisclosureKey], ...] = tuple(kind.model for kind in _KINDS)


def keys_to_rewrap() -> int:
    """Return how many living keys are still wrapped under an epoch that is not the current one."""
    current = current_epoch()
    older = {"purpose_key__epoch__number__lt": current.number}
    random_keys = sum(model.objects.living().filter(**older).count() for model in MODELS)
    return random_keys + PseudonymKey.objects.filter(epoch__number__lt=current.number).count()


def rewrap_keys(progress: Progress = lambda _count: None, *, most: int | None = None) -> int:
    """Rewrap at most `most` keys, all if None; return how many. Safe to run twice and at the same time.

    A key that does not open is logged and left where it is; its epoch then stays. Raises KeyServiceUnavailable.
    """
    done = 0
    for batch in _batches():
        done += batch
        progress(batch)
        if most is not None and done >= most:
            break
    return done


def _batches() -> Iterator[int]:
    """Rewrap batch after batch; yield how many keys each was."""
    current = current_epoch()
    yield from _rewrap_pseudonym_keys(current)
    # Also of an epoch that was emptied: somebody who had read it before may have made a purpose key there since.
    older = PurposeKey.objects.filter(epoch__number__lt=current.number, epoch__destroyed_at__isnull=True)
    for old in older.order_by("epoch", "scope"):
        new = purpose_key(old.scope)
        for kind in _KINDS:
            last: UUID | None = None
            while (batch := _rewrap_batch(kind, old, new, last)) is not None:
                last, count = batch
                yield count


def _rewrap_batch(kind: _Kind, old: PurposeKey, new: PurposeKey, after: UUID | None) -> tuple[UUID, int] | None:
    """Rewrap the next keys of `old` after the key `after`; return the last one and how many, None at the end."""
    with transaction.atomic(using=keystore()):
        # Another worker's rows are passed over: it is doing them.
        waiting = kind.model.objects.living().filter(purpose_key=old).select_for_update(skip_locked=True).order_by("pk")
        rows = list((waiting if after is None else waiting.filter(pk__gt=after))[:BATCH])
        if not rows:
            return None
        wraps = [(row.pk, wrapped) for row in rows if (wrapped := _rewrapped(kind, row, old, new)) is not None]
        return rows[-1].pk, _write(kind, old, new, wraps)


def _rewrapped(kind: _Kind, row: RandomKey, old: PurposeKey, new: PurposeKey) -> bytes | None:
    assert row.wrapped is not None
    owner = getattr(row, kind.owner)
    try:
        key = unseal(
            open_purpose_key(old.pk), bytes(row.wrapped), random_key_binding(kind.level, owner, old.pk, row.generation)
        )
    except DoesNotOpen:
        logger.error("a key does not open and was not rewrapped", level=kind.level, owner=str(owner))
        return None
    return seal(open_purpose_key(new.pk), key, random_key_binding(kind.level, owner, new.pk, row.generation))


def _write(kind: _Kind, old: PurposeKey, new: PurposeKey, wraps: Sequence[tuple[UUID, bytes]]) -> int:
    """Store the new wraps where the old ones still stand; return how many."""
    connection = connections[keystore()]
    if connection.vendor != "postgresql":
        rows = kind.model.objects.living().filter(purpose_key=old)
        return sum(rows.filter(pk=pk).update(purpose_key=new, wrapped=wrapped) for pk, wrapped in wraps)
    table = connection.ops.quote_name(kind.model._meta.db_table)
    with connection.cursor() as cursor:
        # One statement a batch, with a plan that does not change with its size.
        cursor.execute(
            f"UPDATE {table} k SET purpose_key_id = %s, wrapped = fresh.wrapped"  # noqa: S608 a name of ours
            " FROM unnest(%s::uuid[], %s::bytea[]) AS fresh (id, wrapped)"
            " WHERE k.id = fresh.id AND k.purpose_key_id = %s AND k.wrapped IS NOT NULL",
            [new.pk, [pk for pk, _wrapped in wraps], [wrapped for _pk, wrapped in wraps], old.pk],
        )
        return int(cursor.rowcount)


def _rewrap_pseudonym_keys(current: Epoch) -> Iterator[int]:
    for row in PseudonymKey.objects.filter(epoch__number__lt=current.number).select_related("epoch"):
        key = key_service().unwrap(row.epoch.key_name, bytes(row.wrapped), pseudonym_binding(row))
        wrapped = key_service().wrap(current.key_name, key, pseudonym_binding(row))
        yield PseudonymKey.objects.filter(pk=row.pk, epoch=row.epoch).update(epoch=current, wrapped=wrapped)
