"""The key ring: from the key service down to the random keys of consents, vaults and organisations."""

from uuid import UUID

from django.db import connections, transaction

from consent.errors import KeyDestroyed, KeySuspended
from consent.keys.binding import binding
from consent.keys.envelope import random_key, seal, unseal
from consent.keys.epoch import current_epoch
from consent.keys.keystore import keystore
from consent.keys.memory import memory
from consent.keys.models import PseudonymKey, PurposeKey, RandomKey
from consent.keys.service import key_service
from consent.keys.unavailable import unavailable

# An epoch lasts for days, so a second one that ends within a call is a fault, not a race.
_ATTEMPTS = 2


def purpose_key(scope: str) -> PurposeKey:
    """Return the key row of `scope` in the current epoch, made if this is its first use."""
    epoch = current_epoch()
    row = PurposeKey.objects.filter(scope=scope, epoch=epoch).select_related("epoch").first()
    if row is None:
        with transaction.atomic(using=keystore()):
            row = PurposeKey(scope=scope, epoch=epoch)
            row.wrapped = key_service().wrap(epoch.key_name, random_key(), purpose_binding(row))
            # Of two processes that get here at once one inserts, and both go on with that row.
            PurposeKey.objects.bulk_create([row], ignore_conflicts=True)
        row = PurposeKey.objects.select_related("epoch").get(scope=scope, epoch=epoch)
    return row


def open_purpose_key(key_id: UUID) -> bytes:
    """Return the 32 bytes of a purpose key; without a query when this process opened it minutes ago.

    Raises KeyDestroyed for one whose epoch was emptied.
    """

    def load() -> bytes:
        row = PurposeKey.objects.select_related("epoch").filter(pk=key_id).first()
        if row is None:
            raise KeyDestroyed
        return key_service().unwrap(row.epoch.key_name, bytes(row.wrapped), purpose_binding(row))

    return memory.get(key_id, load)


def open_pseudonym_key(scope: str) -> tuple[bytes, int]:
    """Return the 32 bytes of the newest pseudonym key of `scope` and its generation, made at first use."""
    row = _newest_pseudonym_key(scope)
    if row is None:
        epoch = current_epoch()
        with transaction.atomic(using=keystore()):
            row = PseudonymKey(scope=scope, epoch=epoch)
            row.wrapped = key_service().wrap(epoch.key_name, random_key(), pseudonym_binding(row))
            PseudonymKey.objects.bulk_create([row], ignore_conflicts=True)
        row = _newest_pseudonym_key(scope)
        assert row is not None
    found = row

    def load() -> bytes:
        return key_service().unwrap(found.epoch.key_name, bytes(found.wrapped), pseudonym_binding(found))

    return memory.get(found.pk, load), found.generation


def wrap_random_key(row: RandomKey, *, scope: str, level: str, owner: UUID) -> bytes:
    """Fill the unsaved `row` with a new random key for `owner`, wrapped by the scope's key; return the 32 bytes.

    `level` names the kind of key ("consent-key", "vault-key", "disclosure-key") and is bound into the wrap. The caller
    stores the row in the transaction of the keystore in which it calls this.
    """
    key = random_key()
    row.purpose_key = _kept_purpose_key(scope)
    associated = random_key_binding(level, owner, row.purpose_key.pk, row.generation)
    row.wrapped = seal(open_purpose_key(row.purpose_key.pk), key, associated)
    return key


def open_random_key(row: RandomKey | None, *, level: str, owner: UUID) -> bytes:
    """Return the 32 bytes in `row`, None for one that was never made; raise KeyDestroyed or KeySuspended."""
    if row is None:
        raise KeyDestroyed
    return unwrap_random_key(
        level=level,
        owner=owner,
        purpose_key_id=row.purpose_key_id,
        generation=row.generation,
        wrapped=None if row.wrapped is None else bytes(row.wrapped),
        suspended=row.suspended_at is not None,
    )


def unwrap_random_key(
    *, level: str, owner: UUID, purpose_key_id: UUID | None, generation: int, wrapped: bytes | None, suspended: bool
) -> bytes:
    """Return the 32 bytes of a consent, vault or disclosure key from the columns of its row.

    Raises KeyDestroyed when it is no more, and KeySuspended while it is set aside.
    """
    if wrapped is None or purpose_key_id is None:
        raise KeyDestroyed
    if suspended:
        raise KeySuspended
    associated = random_key_binding(level, owner, purpose_key_id, generation)
    return unseal(open_purpose_key(purpose_key_id), wrapped, associated)


def _kept_purpose_key(scope: str) -> PurposeKey:
    """Return the key row of `scope` in the current epoch, which nobody deletes before the transaction ends.

    Where its epoch is emptied between reading and keeping it, there is another epoch by now.
    """
    for _attempt in range(_ATTEMPTS):
        row = purpose_key(scope)
        if _keep(row):
            return row
    raise unavailable(f"the purpose key of {scope} went away while it was taken into use")


def _keep(row: PurposeKey) -> bool:
    connection = connections[keystore()]
    if connection.vendor != "postgresql":
        return True  # Nobody else writes during the transaction.
    table = connection.ops.quote_name(PurposeKey._meta.db_table)
    with connection.cursor() as cursor:
        # What the foreign key does at the commit, where it is too late to take another. Whoever empties the epoch waits
        # for this, and then finds the new key.
        cursor.execute(f"SELECT FROM {table} WHERE id = %s FOR KEY SHARE", [row.pk])
        return cursor.fetchone() is not None


def random_key_binding(level: str, owner: UUID, purpose_key_id: UUID, generation: int) -> bytes:
    return binding(level, owner, purpose_key_id, generation)


def pseudonym_binding(row: PseudonymKey) -> bytes:
    # Without the epoch: a pseudonym key is wrapped anew for each.
    return binding("pseudonym-key", row.scope, row.generation, row.pk)


def _newest_pseudonym_key(scope: str) -> PseudonymKey | None:
    return PseudonymKey.objects.filter(scope=scope).select_related("epoch").order_by("generation").last()


def purpose_binding(row: PurposeKey) -> bytes:
    return binding("purpose-key", row.scope, row.epoch_id, row.pk)
