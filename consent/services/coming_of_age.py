"""The end of mandates by the clock, and the questions that a child is then asked in person.

What a guardian agreed to ends on the child's 16th birthday. That yes was never the child's own, so the child is asked
(UAVG article 5; GDPR recital 65).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.services.append import append_entry
from consent import actions
from consent.lifecycle import Event, State
from consent.models import Consent, Mail, Mandate
from consent.models.mandate import MandateQuerySet
from consent.services.change import end_consent
from consent.services.citizens import lock_citizen
from consent.services.consent_entry import consent_entry
from consent.services.mail import post_mail
from consent.services.mandates import log_mandate

BATCH = 200


def end_mandates() -> int:
    """Note the end of every mandate whose end has come, each in a transaction of its own; return how many.

    It had stopped letting anybody act at that moment itself. Safe to run twice and at the same time.
    """
    ended = 0
    while due := list(_overdue(timezone.now()).order_by("ends_at").values_list("pk", flat=True)[:BATCH]):
        done = sum(_end(mandate_id) for mandate_id in due)
        if not done:
            break  # another worker has them all
        ended += done
    return ended


@transaction.atomic
def _end(mandate_id: UUID) -> bool:
    known = Mandate.objects.select_related("citizen").get(pk=mandate_id)
    # The order of everybody who takes both locks: the citizen, then the mandate.
    lock_citizen(known.citizen)
    now = timezone.now()
    mandate = (
        _overdue(now)
        .select_related("citizen", "holder")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=mandate_id)
        .first()
    )
    if mandate is None:
        return False
    mandate.ended_at = mandate.ends_at
    mandate.code_hash = ""
    mandate.save(update_fields=["ended_at", "code_hash"])
    log_mandate(actions.MANDATE_ENDED, mandate, at=now, details={"invalid": False})
    if mandate.kind == Mandate.Kind.GUARDIAN:
        _ask_anew(mandate, now)
    return True


def _overdue(now: datetime) -> MandateQuerySet:
    return Mandate.objects.filter(ended_at__isnull=True, ends_at__lte=now)


def _ask_anew(mandate: Mandate, now: datetime) -> None:
    """Put to the child what the guardian had agreed to until the birthday."""
    agreed = (
        Consent.objects.of_citizen(mandate.citizen)
        .filter(mandate=mandate, ends_at=mandate.ends_at, purpose__retired_at__isnull=True)
        .select_related("citizen", "organisation", "purpose__current_version", "purpose_version")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    for consent in agreed:
        if consent.state in (State.GIVEN, State.PAUSED):
            # The beat that ends consents has not come by yet.
            end_consent(consent, Event.EXPIRE)
        if consent.state == State.EXPIRED:
            _ask(consent, now)


def _ask(earlier: Consent, now: datetime) -> None:
    version = earlier.purpose.current_version
    assert version is not None  # somebody agreed to one
    theirs = Consent.objects.of_citizen(earlier.citizen).filter(purpose=earlier.purpose)
    if theirs.still_open().exists() or theirs.filter(purpose_version=version, state=State.REFUSED).exists():
        return
    question = Consent(
        citizen=earlier.citizen,
        organisation=earlier.organisation,
        purpose=earlier.purpose,
        purpose_version=version,
        state=State.REQUESTED,
        requested_at=now,
    )
    question.save(force_insert=True)
    append_entry(consent_entry(actions.REQUESTED, question, at=now, details={"comingOfAge": str(earlier.pk)}))
    post_mail(citizen=earlier.citizen, kind=Mail.Kind.ASKED, about=question.pk, consent=question, at=now)
