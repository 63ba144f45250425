"""Narrowing: the citizen shares less from now on, without having to stop."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent import actions
from consent.errors import InvalidConsent
from consent.keys.consent_key import replace_consent_key
from consent.lifecycle import Event
from consent.models import Citizen, Consent, Mandate
from consent.services.change.bounds_of_standing import bounds_of_standing
from consent.services.citizens import lock_citizen
from consent.services.history import write_change
from consent.services.locked import check_standing, check_version, own_consent
from consent.services.right_to_act import check_right
from consent.signals import consent_narrowed
from consent.terms import Terms


@transaction.atomic
def narrow_consent(
    *, citizen: Citizen, consent_id: UUID, terms: Mapping[str, Any], version: int, mandate: Mandate | None = None
) -> Consent:
    """Replace the terms of a consent by narrower ones, all of them given anew: {name: value}.

    Where a field drops out, or gives way to an answer about it, the copies are sealed anew without it and the key
    that the old ones were sealed to is destroyed in the same commit. `version` is that of the consent which the
    citizen looked at. The same terms said twice are said once. Raises ConsentNotFound, TransitionRefused,
    ConsentChanged, InvalidConsent (every fault at once), MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    now = timezone.now()
    check_right(Event.NARROW, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    check_standing(consent, Event.NARROW, now)
    agreed = Terms.agree(terms, bounds_of_standing(consent, now, mandate))
    if agreed.dump() == consent.conditions:
        return consent
    check_version(consent, version)
    before = consent.terms
    if wider := agreed.beyond(before):
        detail = _("This goes further than what you agreed to.")
        raise InvalidConsent(errors=[FieldError(f"/terms/{name}", "wider-than-agreed", detail) for name in wider])
    consent.conditions = agreed.dump()
    consent.ends_at = agreed.valid_until.moment
    write_change(
        consent,
        Event.NARROW,
        actions.NARROWED,
        at=now,
        columns=("conditions", "ends_at"),
        mandate=mandate,
        fields=tuple(sorted(agreed.fields)),
        details={"terms": consent.conditions},
    )
    if (agreed.fields, agreed.answers) != (before.fields, before.answers):
        _seal_anew(consent, now)
    return consent


def _seal_anew(consent: Consent, now: datetime) -> None:
    old_key, new_key = replace_consent_key(consent, at=now)
    sealed = consent_narrowed.send(sender=Consent, consent=consent, old_key=old_key, new_key=new_key)
    if not sealed:
        # Copies that nobody seals anew would open no more, or still hold what the citizen took out.
        raise RuntimeError("nothing is connected to consent_narrowed")
