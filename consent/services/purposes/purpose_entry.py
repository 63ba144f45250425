"""The audit entry of what members of staff do with a purpose version."""

from datetime import datetime
from typing import Any

from audit.actions import Action
from audit.entry import Entry
from consent.models import Member, PurposeVersion


def purpose_entry(action: Action, version: PurposeVersion, member: Member, *, at: datetime, **details: Any) -> Entry:
    """Return an entry by `member` about `version`, which was loaded with its purpose and organisation."""
    return Entry(
        action=action.name,
        outcome="allowed",
        at=at,
        organisation=version.purpose.organisation.oin,
        role=member.role,
        department=member.department,
        user_sealed=bytes(member.sealed_name),
        purpose=version.purpose.slug,
        purpose_version=version.pk,
        legal_basis=version.legal_basis,
        processing_activity=version.processing_activity,
        details={"number": version.number, **details},
    )
