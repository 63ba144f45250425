"""What the log and the staff get to know of a decision on a release."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.actions import Action
from audit.entry import Entry, Outcome
from consent.actor import Actor
from consent.decision import Decision
from consent.terms import Terms
from consent.verdict import Verdict
from sharing.standing import Standing


def release_entry(
    action: Action,
    outcome: Outcome,
    standing: Standing,
    actor: Actor,
    decision: Decision,
    now: datetime,
    *,
    reason: str = "",
    release: UUID | None = None,
    related: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> Entry:
    """Return the entry of a decision, with all its verdicts: the citizen reads why, and why not.

    What happens in a case that is deferred says so, and until when.
    """
    consent = standing.consent
    deferral = standing.deferral
    deferred = deferral.details if deferral is not None and deferral.holds(now) else {}
    return Entry(
        action=action.name,
        outcome=outcome,
        reason=reason or decision.reason,
        at=now,
        subject=standing.subject,
        organisation=actor.oin,
        role=actor.role,
        department=actor.department,
        user_sealed=actor.sealed_name,
        purpose=standing.purpose,
        purpose_version=standing.purpose_version_id,
        legal_basis=standing.legal_basis,
        processing_activity=standing.processing_activity,
        consent=None if consent is None else consent.id,
        consent_version=None if consent is None else consent.version,
        request=standing.request_id,
        release=release,
        related=related,
        case=standing.case,
        fields=standing.fields,
        verdicts=tuple(verdict.as_dict() for verdict in decision.verdicts),
        details={**(details or {}), **deferred},
    )


def visible_verdicts(standing: Standing, actor: Actor, decision: Decision) -> tuple[Verdict, ...]:
    """Return the verdicts that staff may see.

    An organisation that was never given access gets one and the same answer for a stranger, for a silence, for a
    question that was put off, for a counter-offer, for a no, and for a yes to others.
    """
    consent = standing.consent
    if consent is not None and consent.was_given and actor.oin in Terms.parse(consent.conditions).recipient_oins:
        return decision.verdicts
    return (Verdict("not-available", False),)
