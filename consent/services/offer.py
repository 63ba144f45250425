"""Counter-offers: stricter terms that a citizen proposes, and that the organisation accepts or lets go.

While an offer waits the question waits too: the citizen can still say yes, or no, or nothing. Each of these locks the
citizen's row, so that an offer is never accepted and taken back at once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.append import append_entry
from consent import actions
from consent.actor import Actor
from consent.errors import (
    MandateRefused,
    MandateRequired,
    OfferNotFound,
    PurposeNotInForce,
    RoleRequired,
    TransitionRefused,
)
from consent.lifecycle import Event, State, next_state
from consent.models import Citizen, Consent, Mail, Mandate, Offer, Role
from consent.services.bounds import bounds
from consent.services.citizens import lock_citizen
from consent.services.consent_entry import consent_entry
from consent.services.give import give
from consent.services.history import write_change
from consent.services.locked import own_consent, read_version
from consent.services.mail import post_mail
from consent.services.mandates import latest_end
from consent.services.right_to_act import check_right
from consent.terms import Terms


@transaction.atomic
def make_offer(
    *,
    citizen: Citizen,
    consent_id: UUID,
    terms: Mapping[str, Any],
    language: str,
    notice_hash: str,
    mandate: Mandate | None = None,
) -> Offer:
    """Offer an organisation, in answer to its question, to share on `terms`: {name: value}, stricter than it asked.

    Fields that the purpose requires may be left out. Another offer takes the place of one that still waits; the same
    said twice is said once. Raises ConsentNotFound, TransitionRefused, PurposeNotInForce, TextChanged,
    InvalidConsent (every fault at once), MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    now = timezone.now()
    check_right(Event.OFFER, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    next_state(State(consent.state), Event.OFFER)
    if consent.purpose.current_version_id is None:
        raise PurposeNotInForce
    version = read_version(consent.purpose.current_version_id, language=language, notice_hash=notice_hash)
    offered = Terms.offer(terms, bounds(version, now, latest_end=latest_end(mandate))).dump()
    waiting = Offer.objects.waiting().filter(consent=consent).first()
    if waiting is not None and waiting.purpose_version_id == version.pk and waiting.conditions == offered:
        return waiting
    close_offers(consent, at=now)
    offer = Offer(
        consent=consent,
        purpose_version=version,
        conditions=offered,
        language=language,
        notice_hash=notice_hash,
        mandate=mandate,
        made_at=now,
    )
    offer.save(force_insert=True)
    write_change(
        consent,
        Event.OFFER,
        actions.OFFERED,
        at=now,
        mandate=mandate,
        offer=offer,
        fields=tuple(offered["fields"]),
        details={"offer": str(offer.pk), "terms": offered, "noticeHash": notice_hash, "language": language},
    )
    return offer


@transaction.atomic
def take_back_offer(*, citizen: Citizen, consent_id: UUID, mandate: Mandate | None = None) -> Consent:
    """Take back the offer that waits; the question waits on. Taken back twice it is taken back once.

    Raises ConsentNotFound, TransitionRefused once the organisation accepted it, MandateRequired or MandateRefused.
    """
    lock_citizen(citizen)
    consent = own_consent(citizen, consent_id, mandate)
    now = timezone.now()
    # Less is shared by it, so it takes the right to say no.
    check_right(Event.REFUSE, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    newest = Offer.objects.filter(consent=consent).order_by("-id").first()
    if newest is None or newest.state == Offer.State.ACCEPTED:
        raise TransitionRefused(params={"state": consent.state, "event": "take-back-offer"})
    if newest.state == Offer.State.WAITING:
        close_offers(consent, at=now)
        details = {"offer": str(newest.pk)}
        append_entry(consent_entry(actions.OFFER_TAKEN_BACK, consent, at=now, mandate=mandate, details=details))
    return consent


@transaction.atomic
def accept_offer(*, actor: Actor, offer_id: UUID) -> Consent:
    """Accept an offer: the question becomes the consent, on exactly the offered terms. Accepted twice it is once.

    The citizen's yes was to the text of then: where that changed since, or the offered terms no longer hold, nothing is
    given. Raises RoleRequired, OfferNotFound, TransitionRefused, PurposeNotInForce, TextChanged, InvalidConsent,
    and TransitionRefused as well where who made it may no longer say yes.
    """
    offer, consent = _offer_to(actor, offer_id)
    if offer.state == Offer.State.ACCEPTED:
        return consent
    _check_waiting(offer)
    now = timezone.now()
    purpose = consent.purpose.slug
    try:
        check_right(Event.GRANT, citizen=consent.citizen, purpose=purpose, mandate=offer.mandate, now=now)
    except (MandateRequired, MandateRefused):
        # Why is not for the organisation: it would learn that somebody is a child, or has nobody to act any more.
        raise _not_waiting(offer) from None
    version = read_version(offer.purpose_version_id, language=offer.language, notice_hash=offer.notice_hash)
    terms = Terms.offer(offer.conditions, bounds(version, now, latest_end=latest_end(offer.mandate)))
    entry_id = _answer(offer, consent, actor, Offer.State.ACCEPTED, now)
    give(
        consent,
        version=version,
        terms=terms,
        language=offer.language,
        notice_hash=offer.notice_hash,
        at=now,
        mandate=offer.mandate,
        related=entry_id,
        details={"offer": str(offer.pk)},
    )
    return consent


@transaction.atomic
def let_go_offer(*, actor: Actor, offer_id: UUID) -> Offer:
    """Do not take up an offer; the question waits on. Said twice it is said once.

    Raises RoleRequired, OfferNotFound or TransitionRefused.
    """
    offer, consent = _offer_to(actor, offer_id)
    if offer.state == Offer.State.LET_GO:
        return offer
    _check_waiting(offer)
    _answer(offer, consent, actor, Offer.State.LET_GO, timezone.now())
    return offer


def close_offers(consent: Consent, *, at: datetime) -> None:
    """Take back what still waits, in the caller's transaction: the citizen said something else."""
    Offer.objects.waiting().filter(consent=consent).update(state=Offer.State.TAKEN_BACK, answered_at=at)


def _offer_to(actor: Actor, offer_id: UUID) -> tuple[Offer, Consent]:
    """Return the offer to the actor's organisation and its consent, both locked after the citizen.

    One that the citizen took back is not there.
    """
    if actor.role != Role.REQUESTER:
        raise RoleRequired(detail=_("Only requesters may do this."))
    offers = Offer.objects.to_organisation(actor.organisation_id).select_related("consent__citizen", "mandate")
    known = offers.filter(pk=offer_id).first()
    if known is None:
        raise OfferNotFound
    citizen = known.consent.citizen
    lock_citizen(citizen)
    consent = own_consent(citizen, known.consent_id)
    offer = offers.select_for_update(of=("self",), no_key=True).get(pk=offer_id)
    if offer.state == Offer.State.TAKEN_BACK:
        raise OfferNotFound
    return offer, consent


def _check_waiting(offer: Offer) -> None:
    if offer.state != Offer.State.WAITING:
        raise _not_waiting(offer)


def _not_waiting(offer: Offer) -> TransitionRefused:
    return TransitionRefused(params={"state": offer.state, "event": "answer-offer"})


def _answer(offer: Offer, consent: Consent, actor: Actor, state: Offer.State, at: datetime) -> UUID:
    """Store, log and tell what the organisation said; return the id of the entry."""
    offer.state = state
    offer.answered_at = at
    offer.save(update_fields=["state", "answered_at"])
    logged = append_entry(
        consent_entry(
            actions.OFFER_ACCEPTED if state == Offer.State.ACCEPTED else actions.OFFER_LET_GO,
            consent,
            at=at,
            role=actor.role,
            department=actor.department,
            user_sealed=actor.sealed_name,
            fields=tuple(sorted(offer.conditions["fields"])),
            details={"offer": str(offer.pk)},
        )
    )
    citizen = consent.citizen
    post_mail(citizen=citizen, kind=Mail.Kind.OFFER_ANSWERED, about=offer.pk, consent=consent, at=at)
    return logged.id
