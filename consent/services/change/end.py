"""The end of a consent: its key is destroyed, and nothing is read under it any more."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent import actions
from consent.keys.consent_key import destroy_consent_key
from consent.lifecycle import Event, State
from consent.models import Approval, Citizen, Consent, Mail, Mandate
from consent.services.citizens import lock_citizen
from consent.services.history import write_change
from consent.services.locked import own_consent
from consent.services.mail import post_mail
from consent.services.right_to_act import check_right

_ACTIONS = {
    Event.WITHDRAW: actions.WITHDRAWN,
    Event.EXPIRE: actions.EXPIRED,
    Event.REPLACE: actions.REPLACED,
    Event.INVALIDATE: actions.INVALIDATED,
}
# Those that the citizen has no hand in.
_TOLD = (Event.EXPIRE, Event.INVALIDATE)


@transaction.atomic
def withdraw_consent(*, citizen: Citizen, consent_id: UUID, mandate: Mandate | None = None) -> Consent:
    """End a consent and destroy its key: from this commit on every read refuses.

    Withdrawn twice it is withdrawn once. Raises ConsentNotFound, TransitionRefused, MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    purpose = consent.purpose.slug
    check_right(Event.WITHDRAW, citizen=citizen, purpose=purpose, mandate=mandate, now=timezone.now())
    if consent.state == State.WITHDRAWN:
        return consent
    end_consent(consent, Event.WITHDRAW, mandate=mandate)
    return consent


def end_consent(consent: Consent, event: Event, *, mandate: Mandate | None = None) -> None:
    """End a standing, locked consent and destroy its key, in the caller's transaction.

    `consent` was loaded with its citizen, organisation, purpose and purpose version. Raises TransitionRefused.
    """
    now = timezone.now()
    consent.ended_at = now
    consent.paused_at = None
    write_change(consent, event, _ACTIONS[event], at=now, columns=("ended_at", "paused_at"), mandate=mandate)
    destroy_consent_key(consent, at=now)
    # What ended allows nothing, and asks nothing of the citizen.
    Approval.objects.filter(consent=consent, state__in=(Approval.State.WAITING, Approval.State.ALLOWED)).update(
        state=Approval.State.REFUSED, answered_at=now
    )
    if event in _TOLD:
        post_mail(citizen=consent.citizen, kind=Mail.Kind.ENDED, about=consent.pk, consent=consent, at=now)
