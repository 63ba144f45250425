"""How often each key has wrapped: AES-GCM with random nonces bears 2^32 of them (NIST SP 800-38D section 8.3)."""

from collections import Counter
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from consent.keys.models import ConsentKey, DisclosureKey, Epoch, PseudonymKey, PurposeKey, VaultKey


def wraps_by_purpose_key(epoch: Epoch) -> Counter[UUID]:
    """Return how many wraps each purpose key of `epoch` made.

    Every wrap is a row, living or destroyed, that keeps its purpose key until the epoch is emptied. Wraps of
    transactions that failed are not counted; the limit leaves room for many times as many.
    """
    wraps: Counter[UUID] = Counter()
    for model in (ConsentKey, VaultKey, DisclosureKey):
        rows = model.objects.filter(purpose_key__epoch=epoch).values_list("purpose_key_id")
        wraps.update(dict(rows.annotate(count=Count("pk")).order_by()))
    return wraps


def wraps_of_epoch_key(epoch: Epoch) -> int:
    """Return how many purpose and pseudonym keys the epoch's own key wrapped."""
    return PurposeKey.objects.filter(epoch=epoch).count() + PseudonymKey.objects.filter(epoch=epoch).count()


def is_worn(epoch: Epoch) -> bool:
    """Tell whether a key of `epoch` made KEY_MOST_WRAPS wraps, so that the next epoch is due."""
    most = max(wraps_by_purpose_key(epoch).values(), default=0)
    return max(most, wraps_of_epoch_key(epoch)) >= settings.KEY_MOST_WRAPS
