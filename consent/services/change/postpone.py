"""Thinking about it: a question that the citizen puts off. It never answers itself, and staff see no difference."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent import actions
from consent.errors import InvalidConsent
from consent.lifecycle import Event, State, next_state
from consent.models import Citizen, Consent, Mandate
from consent.services.citizens import lock_citizen
from consent.services.history import write_change
from consent.services.locked import own_consent
from consent.services.right_to_act import check_right

DAYS = 14
MOST_DAYS = 366


@transaction.atomic
def postpone_consent(
    *, citizen: Citizen, consent_id: UUID, until: datetime | None = None, mandate: Mandate | None = None
) -> Consent:
    """Put a question off until `until` (aware), else for two weeks. The same said twice is said once.

    Raises ConsentNotFound, TransitionRefused, InvalidConsent, MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    now = timezone.now()
    check_right(Event.POSTPONE, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    next_state(State(consent.state), Event.POSTPONE)
    until = until or _two_weeks_after(now)
    if timezone.is_naive(until):
        raise _fault("invalid-moment", _("Give the time zone with the date and time."))
    if not now < until <= now + timedelta(days=MOST_DAYS):
        raise _fault("moment-out-of-range", _("Choose a day within a year from today."))
    if consent.postponed_until == until:
        return consent
    consent.postponed_until = until
    write_change(
        consent,
        Event.POSTPONE,
        actions.POSTPONED,
        at=now,
        columns=("postponed_until",),
        mandate=mandate,
        details={"until": until.isoformat()},
    )
    return consent


def _two_weeks_after(now: datetime) -> datetime:
    """Return the midnight that ends the fourteenth day: people think in days, and two clicks are one choice."""
    last = timezone.localdate(now) + timedelta(days=DAYS + 1)
    return timezone.make_aware(datetime.combine(last, time.min))


def _fault(code: str, detail: str) -> InvalidConsent:
    return InvalidConsent(errors=[FieldError("/until", code, detail)])
