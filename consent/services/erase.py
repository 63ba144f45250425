"""What consent forgets of a citizen who is erased: everything but the proofs of what was agreed and of who looked."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from audit.models import Contest
from audit.services.contests import withdraw_contest
from consent import actions
from consent.errors import MandateRefused
from consent.keys.vault_key import destroy_vault_key
from consent.lifecycle import STANDING_STATES, State
from consent.models import Account, Approval, Citizen, Consent, Mail, MailAddress, Mandate, Member, Offer
from consent.services.answer import refuse_consent
from consent.services.change import withdraw_consent
from consent.services.citizens import lock_citizen
from consent.services.contest import viewer_of
from consent.services.mandates import is_under_guardian, log_mandate
from consent.services.offer import take_back_offer

# No key has this generation, so no number leads to a hash of it.
_FOUND_BY_NOTHING = 0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was ended and removed."""

    consents_withdrawn: int
    questions_ended: int
    mandates_ended: int
    mails_removed: int


def erase_person(*, citizen: Citizen, at: datetime) -> Forgotten:
    """End and forget all that this app knows of `citizen`, in the caller's transaction.

    Each consent that stands is withdrawn, with its entry and the end of its key; each question and offer ends as one
    that the citizen said no to. After it the vault key is gone, and the citizen service number leads to nobody: who
    signs in with it again is registered anew. Raises CitizenErased, and MandateRefused for a child under 16.
    """
    _lock_everybody(citizen)
    lock_citizen(citizen)
    if is_under_guardian(citizen, at):
        # Signing in anew would make a person of whom nobody knows any more that a guardian must answer.
        raise MandateRefused(
            detail=_("You are under 16. Ask your municipality, together with your parent or guardian.")
        )
    questions, standing = _end_consents(citizen, at)
    mandates = _end_mandates(citizen, at)
    _take_back_contests(citizen)
    mails, _rows = Mail.objects.filter(citizen=citizen).delete()
    MailAddress.objects.filter(citizen=citizen).delete()
    destroy_vault_key(citizen, at=at)
    Account.objects.filter(pk=citizen.account_id).update(display_name="", is_active=False)
    citizen.bsn_sealed = b""
    citizen.bsn_hmac = secrets.token_bytes(32)
    citizen.bsn_hmac_generation = _FOUND_BY_NOTHING
    citizen.quiet = False
    citizen.erased_at = at
    citizen.save(update_fields=["bsn_sealed", "bsn_hmac", "bsn_hmac_generation", "quiet", "erased_at"])
    return Forgotten(
        consents_withdrawn=standing, questions_ended=questions, mandates_ended=mandates, mails_removed=mails
    )


def works_here(citizen: Citizen) -> bool:
    """Tell whether the account of `citizen` is that of a member of staff as well, who must be known by name."""
    return Member.objects.filter(account_id=citizen.account_id, ended_at__isnull=True).exists()


def _lock_everybody(citizen: Citizen) -> None:
    """Lock who acts for `citizen` and whom `citizen` acts for, in one order always: two never wait in a ring."""
    sides = Mandate.objects.filter(Q(citizen=citizen) | Q(holder=citizen), ended_at__isnull=True)
    people = {
        citizen.pk,
        *sides.values_list("citizen_id", flat=True),
        *sides.filter(holder__isnull=False).values_list("holder_id", flat=True),
    }
    locked = Citizen.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk")
    list(locked.values_list("pk", flat=True))


def _end_consents(citizen: Citizen, at: datetime) -> tuple[int, int]:
    """End what is open; return how many questions and how many consents that stood."""
    # A locked row each, so that a reading either came before the end or finds the consent ended.
    found = (
        Consent.objects.of_citizen(citizen)
        .still_open()
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", "state")
    )
    states = dict(found)
    offered = Offer.objects.waiting().filter(consent_id__in=states).values_list("consent_id", flat=True)
    for consent_id in list(offered):
        take_back_offer(citizen=citizen, consent_id=consent_id)
    for consent_id, state in states.items():
        if state == State.REQUESTED:
            refuse_consent(citizen=citizen, consent_id=consent_id)
        else:
            withdraw_consent(citizen=citizen, consent_id=consent_id)
    Approval.objects.filter(
        consent__citizen=citizen, state__in=[Approval.State.WAITING, Approval.State.ALLOWED]
    ).update(state=Approval.State.REFUSED, answered_at=at)
    standing = sum(state in STANDING_STATES for state in states.values())
    return len(states) - standing, standing


def _take_back_contests(citizen: Citizen) -> None:
    """Take back what waits for an answer: nobody could read what was asked any more, and nobody the answer."""
    viewer = viewer_of(citizen)
    for contest_id in list(Contest.objects.visible_to(viewer).going().values_list("pk", flat=True)):
        withdraw_contest(viewer=viewer, contest_id=contest_id)


def _end_mandates(citizen: Citizen, at: datetime) -> int:
    """End the mandates on both sides. That a child is under 16 stays known: the end of a guardian's is left alone."""
    open_ones = list(
        Mandate.objects.filter(Q(citizen=citizen) | Q(holder=citizen), ended_at__isnull=True)
        .select_related("citizen", "holder", "organisation")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    for mandate in open_ones:
        mandate.ended_at = at
        mandate.code_hash = ""
        mandate.save(update_fields=["ended_at", "code_hash"])
        log_mandate(actions.MANDATE_ENDED, mandate, at=at, details={"erased": True})
    return len(open_ones)
