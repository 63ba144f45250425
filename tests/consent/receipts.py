"""Receipts of the cast, for the tests about them."""

from pathlib import Path
from uuid import UUID

from django.conf import settings

from consent.lifecycle import Event
from consent.models import Consent, ConsentChange
from consent.receipts.find import change_of_citizen
from consent.receipts.record import ReceiptRecord, receipt_record

SCHEMA = Path(__file__).parent.parent.parent / "consent" / "receipts" / "schema" / "consent-record-27560-1.json"


def last_change(consent: Consent) -> ConsentChange:
    """Return the last change of `consent`, loaded as a receipt wants it."""
    change = ConsentChange.objects.filter(consent=consent).latest("version")
    return change_of_citizen(citizen=consent.citizen, consent_id=consent.pk, change_id=change.pk)


def record_of(consent: Consent, event: Event | None = None) -> ReceiptRecord:
    """Return the record of the last change, or of that by `event`."""
    changes = ConsentChange.objects.filter(consent=consent)
    if event is not None:
        changes = changes.filter(event=event)
    change_id: UUID = changes.latest("version").pk
    return receipt_record(change_of_citizen(citizen=consent.citizen, consent_id=consent.pk, change_id=change_id))


def page_of(consent: Consent) -> str:
    return f"/my/consents/{consent.pk}/receipts/{last_change(consent).pk}/"


def key_file() -> Path:
    return Path(settings.RECEIPT_SIGNING_KEY_FILE)
