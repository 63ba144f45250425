"""Contesting a line of the log, for oneself or for somebody else, and what its citizen is told of it."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from audit import signals
from audit.contests.errors import ContestNotFound, EntryNotFound
from audit.models import Contest, Record
from audit.people import Viewer
from audit.services import contests
from consent.models import Act, Citizen, Mail, Mandate
from consent.services.citizens import lock_citizen
from consent.services.mail import post_mail
from consent.services.mandates import acting_for_text, check_mandate


def viewer_of(citizen: Citizen) -> Viewer:
    """Return what the log shows to `citizen`: the lines about this one and nothing else."""
    return Viewer(kind="subject", subject=citizen.log_subject)


@transaction.atomic
def raise_contest(*, citizen: Citizen, entry_id: UUID, words: str, mandate: Mandate | None = None) -> Contest:
    """Say that a line about `citizen` looks wrong. A mandate must stretch to its purpose, and to changing what stands.

    Raises CitizenErased, MandateRefused, and what `audit.services.contests.raise_contest` does.
    """
    lock_citizen(citizen)
    record = Record.objects.visible_to(viewer_of(citizen)).filter(entry_id=entry_id).first()
    if record is None:
        raise EntryNotFound
    _check_mandate(citizen, mandate, record.purpose)
    return contests.raise_contest(
        viewer=viewer_of(citizen), entry_id=entry_id, words=words, acting_for=acting_for_text(mandate)
    )


@transaction.atomic
def withdraw_contest(*, citizen: Citizen, contest_id: UUID, mandate: Mandate | None = None) -> Contest:
    """Take a contest back. Who acts for somebody takes back only what was said under the same mandate.

    Raises CitizenErased, MandateRefused, ContestNotFound or ContestNotOpen.
    """
    lock_citizen(citizen)
    found = Contest.objects.visible_to(viewer_of(citizen)).filter(pk=contest_id)
    if mandate is not None:
        found = found.filter(acting_for=acting_for_text(mandate))
    contest = found.first()
    if contest is None:
        raise ContestNotFound
    record = Record.objects.visible_to(viewer_of(citizen)).filter(entry_id=contest.entry_id).first()
    _check_mandate(citizen, mandate, record.purpose if record else "")
    return contests.withdraw_contest(
        viewer=viewer_of(citizen), contest_id=contest_id, acting_for=acting_for_text(mandate)
    )


def may_contest(mandate: Mandate | None) -> bool:
    """Tell whether who acts may contest a line within reach, for the link on a page; the service checks it again."""
    return mandate is None or Act.CHANGE in mandate.acts


def _check_mandate(citizen: Citizen, mandate: Mandate | None, purpose: str) -> None:
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose=purpose, now=timezone.now())


@receiver(signals.contest_answered, dispatch_uid="tell citizen of answer")
def tell_of_answer(*, contest: Contest, **rest: Any) -> None:
    _tell(contest, Mail.Kind.CONTEST_ANSWERED)


@receiver(signals.contest_extended, dispatch_uid="tell citizen of extension")
def tell_of_extension(*, contest: Contest, **rest: Any) -> None:
    _tell(contest, Mail.Kind.CONTEST_EXTENDED)


def _tell(contest: Contest, kind: Mail.Kind) -> None:
    citizen = Citizen.objects.filter(log_subject=contest.subject).first()
    if citizen is not None:
        post_mail(citizen=citizen, kind=kind, about=contest.pk, at=timezone.now())
