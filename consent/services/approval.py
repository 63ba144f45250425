"""Ask me: the citizen allows one look at a time, under a consent that says so."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services.append import append_entry
from consent import actions
from consent.actor import Actor
from consent.errors import ApprovalNotFound, ConsentNotFound, TransitionRefused
from consent.lifecycle import Event
from consent.models import Approval, Citizen, Consent, Mail, Mandate
from consent.services.citizens import lock_citizen
from consent.services.consent_entry import consent_entry
from consent.services.locked import check_standing, own_consent
from consent.services.mail import post_mail
from consent.services.right_to_act import check_right

_WITH = ("citizen", "organisation", "purpose", "purpose_version")


def ask_approval(
    *, consent_id: UUID, request_id: UUID, fields: Sequence[str], case: str, actor: Actor, at: datetime
) -> Approval | None:
    """Ask the citizen of a given consent whether `actor` may look once, in the caller's transaction.

    Asking again gives the question that waits, or the yes that was not used yet. None where the consent is not given or
    does not say "ask me", and after a no to the same request: asking until it is a yes would make the no worth nothing.
    """
    consent = Consent.objects.given().filter(pk=consent_id).select_related(*_WITH).first()
    if consent is None or not consent.terms.asks_me:
        return None
    earlier = _newest(consent_id, request_id)
    if earlier is not None and earlier.state != Approval.State.USED:
        return None if earlier.state == Approval.State.REFUSED else earlier
    asked = Approval(
        consent=consent,
        request=request_id,
        fields=list(fields),
        case=case,
        oin=actor.oin,
        department=actor.department,
        role=actor.role,
        asked_at=at,
    )
    # Of two that ask at once one puts the question, and both go on with that one.
    Approval.objects.bulk_create([asked], ignore_conflicts=True)
    newest = _newest(consent_id, request_id)
    if newest is None or newest.pk != asked.pk:
        return newest
    append_entry(
        consent_entry(
            actions.APPROVAL_ASKED,
            consent,
            at=at,
            role=actor.role,
            department=actor.department,
            user_sealed=actor.sealed_name,
            request=request_id,
            case=case,
            fields=tuple(fields),
            details={"approval": str(asked.pk)},
        )
    )
    post_mail(citizen=consent.citizen, kind=Mail.Kind.ASKED_TO_ALLOW, about=asked.pk, consent=consent, at=at)
    return asked


@transaction.atomic
def answer_approval(*, citizen: Citizen, approval_id: UUID, allow: bool, mandate: Mandate | None = None) -> Approval:
    """Allow one look, or do not. Until it is used the citizen can say the other; the same said twice is said once.

    Raises ApprovalNotFound, TransitionRefused after the look or the end of the consent, MandateRequired or
    MandateRefused.
    """
    lock_citizen(citizen)
    known = Approval.objects.of_citizen(citizen).filter(pk=approval_id).first()
    if known is None:
        raise ApprovalNotFound
    try:
        consent = own_consent(citizen, known.consent_id, mandate)
    except ConsentNotFound:
        raise ApprovalNotFound from None
    approval = Approval.objects.select_for_update(no_key=True).get(pk=approval_id)
    now = timezone.now()
    event = Event.GRANT if allow else Event.REFUSE
    check_right(event, citizen=citizen, purpose=consent.purpose.slug, mandate=mandate, now=now)
    wanted = Approval.State.ALLOWED if allow else Approval.State.REFUSED
    if approval.state == wanted:
        return approval
    if approval.state == Approval.State.USED:
        raise TransitionRefused(params={"state": approval.state, "event": event})
    if allow:
        # Whatever stands can be paused: only what ended allows nothing any more.
        check_standing(consent, Event.WITHDRAW, now)
    approval.state = wanted
    approval.answered_at = now
    approval.save(update_fields=["state", "answered_at"])
    _log_answer(actions.APPROVAL_ALLOWED if allow else actions.APPROVAL_REFUSED, approval, consent, now, mandate)
    return approval


def use_approval(approval_id: UUID, at: datetime) -> bool:
    """Use up what the citizen allowed, in the caller's transaction and after its lock on the consent; False when it is
    not allowed, or used already."""
    allowed = Approval.objects.filter(pk=approval_id, state=Approval.State.ALLOWED)
    return allowed.update(state=Approval.State.USED, used_at=at) == 1


def _newest(consent_id: UUID, request_id: UUID) -> Approval | None:
    return Approval.objects.filter(consent_id=consent_id, request=request_id).order_by("-id").first()


def _log_answer(action: Action, approval: Approval, consent: Consent, at: datetime, mandate: Mandate | None) -> None:
    append_entry(
        consent_entry(
            action,
            consent,
            at=at,
            mandate=mandate,
            request=approval.request,
            case=approval.case,
            fields=tuple(approval.fields),
            details={"approval": str(approval.pk)},
        )
    )
