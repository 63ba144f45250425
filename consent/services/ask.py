"""Asking a citizen: a consent that waits for an answer."""

from datetime import datetime

from audit.services.append import append_entry
from consent import actions
from consent.actor import Actor
from consent.errors import CitizenErased
from consent.lifecycle import State
from consent.models import Citizen, Consent, Mail, PurposeVersion
from consent.services.citizens import lock_citizen
from consent.services.consent_entry import consent_entry
from consent.services.mail import post_mail


def ask_for_consent(*, citizen: Citizen, purpose_version: PurposeVersion, actor: Actor, at: datetime) -> Consent | None:
    """Put a question to `citizen`, in the caller's transaction; return it, or None where none is due.

    None is due while an earlier question or consent is open, and after a no to the same version: asking again
    and again would make refusing cost something (promise 6). For somebody erased in the meantime it is None as for
    somebody who was never here: who asks sees no difference (promise 7).
    """
    try:
        lock_citizen(citizen)
    except CitizenErased:
        return None
    earlier = Consent.objects.of_citizen(citizen).filter(purpose_id=purpose_version.purpose_id)
    if earlier.still_open().exists():
        return None
    if earlier.filter(purpose_version=purpose_version, state=State.REFUSED).exists():
        return None
    consent = Consent(
        citizen=citizen,
        organisation_id=purpose_version.purpose.organisation_id,
        purpose_id=purpose_version.purpose_id,
        purpose_version=purpose_version,
        state=State.REQUESTED,
        requested_at=at,
    )
    consent.save(force_insert=True)
    append_entry(
        consent_entry(
            actions.REQUESTED,
            consent,
            at=at,
            role=actor.role,
            department=actor.department,
            user_sealed=actor.sealed_name,
        )
    )
    post_mail(citizen=citizen, kind=Mail.Kind.ASKED, about=consent.pk, consent=consent, at=at)
    return consent
