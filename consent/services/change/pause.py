"""A pause: everything stays as it was agreed, and nothing is read until the citizen ends the pause."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from consent import actions
from consent.keys.consent_key import resume_consent_key, suspend_consent_key
from consent.lifecycle import Event, State
from consent.models import Citizen, Consent, Mandate
from consent.services.citizens import lock_citizen
from consent.services.history import write_change
from consent.services.locked import check_standing, own_consent
from consent.services.right_to_act import check_right
from consent.signals import consent_resumed


@transaction.atomic
def pause_consent(*, citizen: Citizen, consent_id: UUID, mandate: Mandate | None = None) -> Consent:
    """Stop all reading under a consent for as long as the citizen wants: from this commit on every read refuses.

    Paused twice it is paused once. Raises ConsentNotFound, TransitionRefused, MandateRequired or MandateRefused.
    """
    now = timezone.now()
    return _turn(citizen, consent_id, mandate, Event.PAUSE, State.PAUSED, actions.PAUSED, now=now, paused_at=now)


@transaction.atomic
def resume_consent(*, citizen: Citizen, consent_id: UUID, mandate: Mandate | None = None) -> Consent:
    """End a pause. The end and the uses that are left are what they were; said twice it is said once.

    Raises ConsentNotFound, TransitionRefused, MandateRequired or MandateRefused.
    """
    now = timezone.now()
    return _turn(citizen, consent_id, mandate, Event.RESUME, State.GIVEN, actions.RESUMED, now=now, paused_at=None)


def _turn(
    citizen: Citizen,
    consent_id: UUID,
    mandate: Mandate | None,
    event: Event,
    state: State,
    action: Action,
    *,
    now: datetime,
    paused_at: datetime | None,
) -> Consent:
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    check_right(event, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    if consent.state == state:
        return consent
    check_standing(consent, event, now)
    consent.paused_at = paused_at
    write_change(consent, event, action, at=now, columns=("paused_at",), mandate=mandate)
    if event == Event.PAUSE:
        suspend_consent_key(consent, at=now)
    else:
        _announce_resumed(consent, resume_consent_key(consent), mandate)
    return consent


def _announce_resumed(consent: Consent, key: bytes, mandate: Mandate | None) -> None:
    if not consent_resumed.send(sender=Consent, consent=consent, consent_key=key, mandate=mandate):
        # What the citizen changed during the pause would stay unknown, though the terms say otherwise.
        raise RuntimeError("nothing is connected to consent_resumed")
