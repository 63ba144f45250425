"""The end that comes by itself: expired consents lose their keys."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent.lifecycle import Event
from consent.models import Consent
from consent.services.change import end_consent

BATCH = 500


def expire_consents() -> int:
    """End every consent whose end has come, each in a transaction of its own; return how many.

    Safe to run twice and at the same time. A release refuses an expired consent before this ran too.
    """
    ended = 0
    while due := list(Consent.objects.ended_by(timezone.now()).values_list("pk", flat=True)[:BATCH]):
        done = sum(_expire(consent_id) for consent_id in due)
        if not done:
            break  # another worker has them all
        ended += done
    return ended


@transaction.atomic
def _expire(consent_id: UUID) -> bool:
    consent = (
        Consent.objects.ended_by(timezone.now())
        .select_related("citizen", "organisation", "purpose", "purpose_version")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk=consent_id)
        .first()
    )
    if consent is None:
        return False
    end_consent(consent, Event.EXPIRE)
    return True
