"""Renewing: the citizen lets a consent last longer, to the same text. It never happens by itself."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent import actions
from consent.errors import InvalidConsent
from consent.lifecycle import Event
from consent.models import Citizen, Consent, ConsentChange, Mandate
from consent.services.change.bounds_of_standing import bounds_of_standing
from consent.services.citizens import lock_citizen
from consent.services.history import write_change
from consent.services.locked import check_standing, check_version, own_consent, read_version
from consent.services.right_to_act import check_right
from consent.terms import Terms
from consent.terms.uses import Uses
from consent.terms.valid_until import ValidUntil

# The members of the request, by the terms that they become.
_MEMBERS = {f"/terms/{ValidUntil.name}": "/validUntil", f"/terms/{Uses.name}": "/moreUses"}


@transaction.atomic
def renew_consent(
    *,
    citizen: Citizen,
    consent_id: UUID,
    valid_until: datetime,
    more_uses: int | None,
    language: str,
    notice_hash: str,
    version: int,
    mandate: Mandate | None = None,
) -> Consent:
    """Let a consent last until `valid_until` (aware), and be used `more_uses` times from now on; None leaves the uses.

    Only to the text that it was given to, as long as that is the one in force: another text takes another consent.
    `version` is that of the consent which the citizen looked at. The same said twice is said once. Raises
    ConsentNotFound, TransitionRefused, TextChanged, PurposeNotInForce, ConsentChanged, InvalidConsent (every fault at
    once), MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    now = timezone.now()
    check_right(Event.RENEW, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    check_standing(consent, Event.RENEW, now)
    read_version(consent.purpose_version_id, language=language, notice_hash=notice_hash)
    if _was_said(consent, valid_until, more_uses, version):
        return consent
    check_version(consent, version)
    renewed = _renewed(consent, valid_until, more_uses, now, mandate)
    if renewed == consent.conditions:
        return consent
    consent.conditions = renewed
    consent.ends_at = valid_until
    consent.language = language
    consent.notice_hash = notice_hash
    consent.mandate = mandate
    write_change(
        consent,
        Event.RENEW,
        actions.RENEWED,
        at=now,
        columns=("conditions", "ends_at", "language", "notice_hash", "mandate"),
        mandate=mandate,
        fields=tuple(sorted(consent.terms.fields)),
        details={"terms": renewed, "noticeHash": notice_hash, "language": language},
    )
    return consent


def _was_said(consent: Consent, valid_until: datetime, more_uses: int | None, version: int) -> bool:
    """Tell whether this very renewal is the last thing that happened: a form that was sent twice."""
    if consent.version != version + 1 or consent.ends_at != valid_until:
        return False
    last = ConsentChange.objects.filter(consent=consent, version=consent.version, event=Event.RENEW).first()
    return last is not None and (more_uses is None or last.terms.uses_limit == last.uses_taken + more_uses)


def _renewed(
    consent: Consent, valid_until: datetime, more_uses: int | None, now: datetime, mandate: Mandate | None
) -> dict[str, Any]:
    """Return the terms of `consent` with the new end and uses."""
    faults: list[FieldError] = []
    if timezone.is_aware(valid_until) and consent.ends_at is not None and valid_until < consent.ends_at:
        # An earlier end is a narrower consent, and needs no new yes.
        faults.append(FieldError("/validUntil", "end-not-later", _("The new end is before the end that it has.")))
    wanted = {**consent.conditions, ValidUntil.name: valid_until}
    limits = bounds_of_standing(consent, now, mandate)
    if more_uses is not None:
        if consent.terms.uses_limit is None:
            faults.append(FieldError("/moreUses", "no-limit", _("This consent has no number of uses.")))
        # What is asked for now is what the purpose limits; what was used before was agreed before.
        wanted[Uses.name] = more_uses
        limits = replace(limits, most_uses=consent.purpose_version.most_uses)
    try:
        renewed = Terms.agree(wanted, limits).dump()
        if more_uses is not None and not faults:
            renewed[Uses.name] = Uses.parse(consent.uses_taken + more_uses).dump()
    except InvalidConsent as error:
        faults += [FieldError(_MEMBERS.get(one.pointer, one.pointer), one.code, one.detail) for one in error.errors]
    except ValueError as error:
        faults.append(FieldError("/moreUses", "invalid-term", str(error)))
    if faults:
        raise InvalidConsent(errors=faults)
    return renewed
