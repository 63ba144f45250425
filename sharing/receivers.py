"""What sharing does when consent speaks, inside consent's own transaction."""

from typing import Any

from consent.models import Consent
from consent.signals import consent_granted
from sharing.services.copies import seal_copies


def connect() -> None:
    consent_granted.connect(on_consent_granted, sender=Consent, dispatch_uid="sharing.seal_copies")


def on_consent_granted(*, consent: Consent, consent_key: bytes, **signal: Any) -> int:
    """Seal the copies of a new consent; an exception undoes the grant."""
    return seal_copies(consent=consent, consent_key=consent_key)
