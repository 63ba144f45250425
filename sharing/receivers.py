"""What sharing does when consent speaks, inside consent's own transaction."""

from collections.abc import Collection, Mapping
from typing import Any

from consent.models import Citizen, Consent, Mandate, PurposeVersion
from consent.signals import consent_granted, consent_narrowed, consent_resumed, preview_asked
from sharing.services.copies import preview_shared, reseal_copies, seal_copies
from sharing.services.keep_current import catch_up


def connect() -> None:
    consent_granted.connect(on_consent_granted, sender=Consent, dispatch_uid="sharing.seal_copies")
    consent_narrowed.connect(on_consent_narrowed, sender=Consent, dispatch_uid="sharing.reseal_copies")
    consent_resumed.connect(on_consent_resumed, sender=Consent, dispatch_uid="sharing.catch_up")
    preview_asked.connect(on_preview_asked, dispatch_uid="sharing.preview")


def on_consent_granted(*, consent: Consent, consent_key: bytes, **signal: Any) -> int:
    """Seal the copies of a new consent; an exception undoes the grant."""
    return seal_copies(consent=consent, consent_key=consent_key)


def on_consent_narrowed(*, consent: Consent, old_key: bytes, new_key: bytes, **signal: Any) -> int:
    """Seal what is still shared to the new key; an exception undoes the change."""
    return reseal_copies(consent=consent, old_key=old_key, new_key=new_key)


def on_consent_resumed(*, consent: Consent, consent_key: bytes, mandate: Mandate | None, **signal: Any) -> bool:
    """Bring the copies up to date with what changed during the pause; an exception leaves the consent paused."""
    return catch_up(consent=consent, consent_key=consent_key, mandate=mandate)


def on_preview_asked(
    *,
    citizen: Citizen,
    purpose_version: PurposeVersion,
    fields: Collection[str],
    answers: Mapping[str, str],
    **signal: Any,
) -> dict[str, Any]:
    """Show what a recipient would see. Nothing is stored, and nothing leaves the citizen's own page."""
    return preview_shared(citizen=citizen, purpose_version=purpose_version, fields=fields, answers=answers)
