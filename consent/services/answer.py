"""What a citizen says of a purpose: yes with terms, or no.

The citizen's row is locked first in each of these, so that two answers of one person come one after the other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent import actions
from consent.errors import AlreadyGranted, ConsentNotFound, PurposeNotFound
from consent.lifecycle import STANDING_STATES, Event, State
from consent.models import Citizen, Consent, Mandate, PurposeVersion
from consent.services.bounds import bounds
from consent.services.change import end_consent
from consent.services.citizens import lock_citizen
from consent.services.give import give
from consent.services.history import write_change
from consent.services.locked import is_overdue, open_consent, own_consent, read_version
from consent.services.mandates import latest_end
from consent.services.offer import close_offers
from consent.services.right_to_act import check_right
from consent.terms import Terms


@transaction.atomic
def grant_consent(
    *,
    citizen: Citizen,
    purpose_version_id: UUID,
    terms: Mapping[str, Any],
    language: str,
    notice_hash: str,
    replaces: UUID | None = None,
    mandate: Mandate | None = None,
) -> Consent:
    """Store a yes, make its key, and have the copies sealed to it: all of it or nothing.

    `terms` are those that the citizen chose, {name: value}; `language` and `notice_hash` those of the text that
    was on the screen. `replaces` is the standing consent to the same purpose that ends with this yes: to another text,
    or on other terms. The same yes said twice gives the same consent. Raises PurposeNotFound, PurposeNotInForce,
    TextChanged, InvalidConsent (every fault at once), AlreadyGranted, ConsentNotFound, MandateRequired or
    MandateRefused.
    """
    lock_citizen(citizen)
    now = timezone.now()
    version = read_version(purpose_version_id, language=language, notice_hash=notice_hash)
    check_right(Event.GRANT, citizen=citizen, purpose=version.purpose.slug, mandate=mandate, now=now)
    agreed = Terms.agree(terms, bounds(version, now, latest_end=latest_end(mandate)))
    _check_replaced(citizen, version, replaces)
    consent = _open_now(citizen, version.purpose_id, now)
    details = {}
    if consent is not None and consent.state in STANDING_STATES:
        same = consent.purpose_version_id == version.pk and consent.conditions == agreed.dump()
        if same and consent.state == State.GIVEN:
            return consent
        if consent.pk != replaces:
            raise AlreadyGranted(detail=_("Stop the consent that you gave before you choose again."))
        end_consent(consent, Event.REPLACE, mandate=mandate)
        details = {"replaces": str(consent.pk)}
        consent = None
    if consent is None:
        # Who says yes unasked answers a question that nobody put.
        organisation = version.purpose.organisation
        consent = Consent(citizen=citizen, organisation=organisation, state=State.REQUESTED, version=0)
    else:
        close_offers(consent, at=now)
    give(
        consent,
        version=version,
        terms=agreed,
        language=language,
        notice_hash=notice_hash,
        at=now,
        mandate=mandate,
        details=details,
    )
    return consent


@transaction.atomic
def refuse_consent(*, citizen: Citizen, consent_id: UUID, mandate: Mandate | None = None) -> Consent:
    """Store a no to a question. Said twice it is the same no.

    Raises ConsentNotFound, TransitionRefused, MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    now = timezone.now()
    check_right(Event.REFUSE, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    if consent.state == State.REFUSED:
        return consent
    if consent.purpose.current_version is not None and consent.state == State.REQUESTED:
        # The text that was on the screen, which may be newer than the question: it is this one that is not asked again.
        consent.purpose_version = consent.purpose.current_version
    consent.ended_at = now
    consent.postponed_until = None
    write_change(
        consent,
        Event.REFUSE,
        actions.REFUSED,
        at=now,
        columns=("purpose_version", "ended_at", "postponed_until"),
        mandate=mandate,
    )
    close_offers(consent, at=now)
    return consent


@transaction.atomic
def refuse_purpose(*, citizen: Citizen, purpose_version_id: UUID, mandate: Mandate | None = None) -> Consent:
    """Store a no to a purpose, whether its question waits or nobody asked yet: this text is then not asked again.

    Said twice it is the same no. A no to a text that was replaced or retired since is stored as well: it asks
    nothing of anybody. Raises PurposeNotFound, TransitionRefused while the citizen shares for this purpose,
    MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    version = (
        PurposeVersion.objects.filter(pk=purpose_version_id, state=PurposeVersion.State.PUBLISHED)
        .select_related("purpose__organisation")
        .first()
    )
    if version is None:
        raise PurposeNotFound
    now = timezone.now()
    consent = _open_now(citizen, version.purpose_id, now)
    if consent is not None:
        return refuse_consent(citizen=citizen, consent_id=consent.pk, mandate=mandate)
    check_right(Event.REFUSE, citizen=citizen, purpose=version.purpose.slug, mandate=mandate, now=now)
    refused = Consent.objects.of_citizen(citizen).filter(purpose_version=version, state=State.REFUSED)
    earlier = refused.order_by("-id").first()
    if earlier is not None:
        return earlier
    consent = Consent(
        citizen=citizen,
        organisation=version.purpose.organisation,
        purpose=version.purpose,
        purpose_version=version,
        state=State.REQUESTED,
        version=0,
        ended_at=now,
    )
    write_change(consent, Event.REFUSE, actions.REFUSED, at=now, mandate=mandate)
    return consent


def _open_now(citizen: Citizen, purpose_id: UUID, now: datetime) -> Consent | None:
    """Return the question that waits or the consent that stands, locked; one whose end has come is ended first."""
    consent = open_consent(citizen, purpose_id)
    if consent is not None and is_overdue(consent, now):
        # The beat has not come by yet, and need not be waited for.
        end_consent(consent, Event.EXPIRE)
        return None
    return consent


def _check_replaced(citizen: Citizen, version: PurposeVersion, replaces: UUID | None) -> None:
    """Raise ConsentNotFound where `replaces` is no consent of this citizen to this purpose."""
    if replaces is None:
        return
    if not Consent.objects.of_citizen(citizen).filter(pk=replaces, purpose_id=version.purpose_id).exists():
        raise ConsentNotFound
