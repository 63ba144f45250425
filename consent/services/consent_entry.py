"""The audit entry of a change to a consent."""

from datetime import datetime
from typing import Any

from audit.actions import Action
from audit.entry import Entry
from consent.models import Consent, Mandate
from consent.services.mandates import acting_for_text


def consent_entry(
    action: Action, consent: Consent, *, at: datetime, mandate: Mandate | None = None, **rest: Any
) -> Entry:
    """Return an entry about `consent`, which was loaded with its citizen, purpose and organisation.

    `mandate` is the one under which somebody else acted for the citizen.
    """
    return Entry(
        action=action.name,
        outcome=rest.pop("outcome", "allowed"),
        at=at,
        subject=consent.citizen.log_subject,
        acting_for=acting_for_text(mandate),
        organisation=consent.organisation.oin,
        purpose=consent.purpose.slug,
        purpose_version=consent.purpose_version_id,
        legal_basis=consent.purpose_version.legal_basis,
        processing_activity=consent.purpose_version.processing_activity,
        consent=consent.pk,
        consent_version=consent.version,
        **rest,
    )
