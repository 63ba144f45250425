"""Mandates: whether somebody may act for a citizen, and how a registrar records it.

Whoever changes something for somebody else calls `check_mandate` in the transaction of the change, after the lock on
the citizen. It locks the mandate's row, and ending a mandate locks it too: an ended mandate never acts.

UAVG article 5: under 16, a yes is given by who has parental responsibility. A guardian's mandate ends on the child's
16th birthday, so until then its row also says that the child is under 16.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.entry import Entry
from audit.errors import FieldError
from audit.services.append import append_entry
from consent import actions
from consent.bsn import check_bsn
from consent.errors import InvalidMandate, MandateRefused, MandateRequired, RoleRequired
from consent.models import Act, Citizen, Mail, Mandate, Member, Purpose, Role
from consent.services.citizens import find_citizen, find_or_register_citizen, lock_citizen
from consent.services.mail import post_mail

AGE_OF_OWN_CONSENT = 16
LONGEST_YEARS = 5
LONGEST_REFERENCE = 100
ZONE = ZoneInfo("Europe/Amsterdam")


def check_mandate(mandate: Mandate | None, *, citizen: Citizen, act: Act, purpose: str, now: datetime) -> None:
    """Refuse what `mandate` does not allow, in the caller's transaction; None stands for the citizen in person.

    `purpose` is a slug. Raises MandateRequired when a citizen under 16 answers yes alone, and MandateRefused when the
    mandate has ended, is of somebody else, or does not stretch so far.
    """
    if mandate is None:
        if act == Act.ANSWER and is_under_guardian(citizen, now):
            raise MandateRequired(detail=_("You are under 16. Your parent or guardian can say yes for you."))
        return
    found = (
        Mandate.objects.about(citizen).in_force(now).select_for_update(of=("self",), no_key=True).filter(pk=mandate.pk)
    ).first()
    if found is None or found.holder_id != mandate.holder_id:
        raise MandateRefused(detail=_("You may no longer act for this person."))
    if act not in found.acts:
        raise MandateRefused(detail=_("You may not do this for this person."))
    if found.purposes and purpose not in found.purposes:
        raise MandateRefused(detail=_("You may not act for this person for this purpose."))
    if (
        act == Act.ANSWER
        and found.verification == Mandate.Verification.GIVEN_ONLINE
        and is_under_guardian(citizen, now)
    ):
        # What a child may not say alone, it cannot have somebody else say either.
        raise MandateRequired(detail=_("This person is under 16. Only a parent or guardian can say yes."))


def is_under_guardian(citizen: Citizen, now: datetime) -> bool:
    """Tell whether `citizen` is known to be under 16: a guardian was recorded, even one whose mandate ended since."""
    return Mandate.objects.about(citizen).guardians().filter(ends_at__gt=now).exists()


def acting_for_text(mandate: Mandate | None) -> str:
    """Return what an audit entry says of a mandate: "guardian:<id>", "representative:<id>", or "" without one."""
    return "" if mandate is None else f"{mandate.kind}:{mandate.pk}"


def latest_end(mandate: Mandate | None) -> datetime | None:
    """Return when what is given under `mandate` ends at the latest, None for no such end.

    What anybody says for a child ends on the 16th birthday, which is when its guardians' mandates end.
    """
    if mandate is None:
        return None
    if mandate.kind == Mandate.Kind.GUARDIAN:
        return mandate.ends_at
    guardians = Mandate.objects.filter(citizen=mandate.citizen_id, ends_at__gt=timezone.now()).guardians()
    birthday: datetime | None = guardians.aggregate(earliest=Min("ends_at"))["earliest"]
    return birthday


@transaction.atomic
def record_guardian(
    *,
    member: Member,
    child_bsn: str,
    child_name: str,
    child_born_on: date,
    guardian_bsn: str,
    guardian_name: str,
    verification: str,
    reference: str,
) -> Mandate:
    """Record that somebody is the guardian of a child under 16, as `member` verified. Recorded twice it is one.

    `verification` is a Mandate.Verification other than given-online, `reference` where its proof is kept. Raises
    RoleRequired, or InvalidMandate with every fault at once.
    """
    require_registrar(member)
    now = timezone.now()
    ends_at = sixteenth_birthday(child_born_on)
    faults = _faults_of_record(child_bsn, guardian_bsn, verification, reference)
    if child_born_on > timezone.localdate(now, ZONE):
        faults.append(_fault("/childBornOn", _("This date is still to come.")))
    elif ends_at <= now:
        faults.append(_fault("/childBornOn", _("This child is 16 or older, and answers in person.")))
    if faults:
        raise InvalidMandate(errors=faults)
    child = find_or_register_citizen(bsn=child_bsn, display_name=child_name)
    guardian = find_or_register_citizen(bsn=guardian_bsn, display_name=guardian_name)
    lock_citizen(child)
    standing = Mandate.objects.about(child).held_by(guardian).guardians().in_force(now).first()
    if standing is not None:
        return standing
    mandate = Mandate(kind=Mandate.Kind.GUARDIAN, citizen=child, holder=guardian, acts=list(Act), ends_at=ends_at)
    return _save_recorded(mandate, member, verification, reference, now)


@transaction.atomic
def record_representative(
    *,
    member: Member,
    citizen_bsn: str,
    citizen_name: str,
    holder_bsn: str,
    holder_name: str,
    purposes: Sequence[str],
    acts: Sequence[str],
    ends_at: datetime,
    verification: str,
    reference: str,
) -> Mandate:
    """Record that `holder` may do `acts` for a citizen until `ends_at`, for `purposes` (slugs; none stands for all).

    Recorded twice it is one. Raises RoleRequired, or InvalidMandate with every fault at once.
    """
    require_registrar(member)
    now = timezone.now()
    faults = _faults_of_record(citizen_bsn, holder_bsn, verification, reference)
    faults += faults_of_limits(purposes, acts, ends_at, now)
    if faults:
        raise InvalidMandate(errors=faults)
    citizen = find_or_register_citizen(bsn=citizen_bsn, display_name=citizen_name)
    holder = find_or_register_citizen(bsn=holder_bsn, display_name=holder_name)
    lock_citizen(citizen)
    limits = {"purposes": sorted(set(purposes)), "acts": sorted(set(acts)), "ends_at": ends_at}
    kind = Mandate.Kind.REPRESENTATIVE
    standing = Mandate.objects.about(citizen).held_by(holder).in_force(now).filter(kind=kind, **limits).first()
    if standing is not None:
        return standing
    return _save_recorded(
        Mandate(kind=kind, citizen=citizen, holder=holder, **limits), member, verification, reference, now
    )


@transaction.atomic
def refuse_record(*, member: Member, kind: str, citizen_bsn: str, reference: str) -> None:
    """Log that a registrar could not verify a mandate, so that it was not recorded.

    Nobody is registered for it; whom it was about, the entry says only of who is known here. Raises RoleRequired or
    InvalidMandate.
    """
    require_registrar(member)
    try:
        citizen = find_citizen(bsn=citizen_bsn)
    except ValueError:
        raise InvalidMandate(errors=[bsn_fault("/citizenBsn")]) from None
    append_entry(
        Entry(
            action=actions.MANDATE_RECORDED.name,
            outcome="refused",
            reason="not-verified",
            subject=citizen.log_subject if citizen else "",
            details={"kind": kind, "reference": reference},
            **_who(member),
        )
    )


def log_mandate(
    action: Action, mandate: Mandate, *, at: datetime, member: Member | None = None, details: dict[str, object]
) -> None:
    """Log a change of a mandate for both sides, and tell both by mail, in the caller's transaction."""
    limits = {"kind": mandate.kind, "purposes": mandate.purposes, "acts": mandate.acts}
    entry = Entry(
        action=action.name,
        outcome="allowed",
        at=at,
        subject=mandate.citizen.log_subject,
        acting_for=acting_for_text(mandate),
        details={"mandate": str(mandate.pk), "endsAt": mandate.ends_at.isoformat(), **limits, **details},
        **(_who(member) if member else {}),
    )
    about = append_entry(entry).id
    post_mail(citizen=mandate.citizen, kind=Mail.Kind.MANDATE_CHANGED, about=f"{mandate.pk}:{action.name}", at=at)
    if mandate.holder is not None:
        append_entry(
            Entry(
                action=action.name,
                outcome="allowed",
                at=at,
                subject=mandate.holder.log_subject,
                related=about,
                details={"mandate": str(mandate.pk), "kind": mandate.kind},
                **(_who(member) if member else {}),
            )
        )
        post_mail(citizen=mandate.holder, kind=Mail.Kind.MANDATE_CHANGED, about=f"{mandate.pk}:{action.name}", at=at)


def faults_of_limits(
    purposes: Sequence[str], acts: Sequence[str], ends_at: datetime, now: datetime
) -> list[FieldError]:
    """Return what is wrong with the limits of a representative's mandate."""
    faults = []
    asked = set(purposes)
    known = Purpose.objects.filter(slug__in=asked, current_version__isnull=False).values_list("slug", flat=True)
    if asked - set(known):
        faults.append(_fault("/purposes", _("Choose from the purposes in the register.")))
    if not acts or set(acts) - set(Act.values):
        faults.append(_fault("/acts", _("Choose what this person may do.")))
    if not now < ends_at <= _years_later(now, LONGEST_YEARS):
        faults.append(_fault("/endsAt", _("Choose an end within five years from today.")))
    return faults


def sixteenth_birthday(born_on: date) -> datetime:
    """Return the midnight in Amsterdam with which the 16th birthday begins; who was born on 29 February, on 1 March
    where that year has no 29th."""
    try:
        day = born_on.replace(year=born_on.year + AGE_OF_OWN_CONSENT)
    except ValueError:
        day = date(born_on.year + AGE_OF_OWN_CONSENT, 3, 1)
    return datetime.combine(day, time.min, tzinfo=ZONE)


def _years_later(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year + years)
    except ValueError:
        return now.replace(year=now.year + years, day=28)


def _save_recorded(mandate: Mandate, member: Member, verification: str, reference: str, now: datetime) -> Mandate:
    mandate.verification = verification
    mandate.verification_reference = reference
    mandate.organisation = member.organisation
    mandate.recorded_by = member.account
    mandate.starts_at = now
    mandate.save(force_insert=True)
    log_mandate(actions.MANDATE_RECORDED, mandate, at=now, member=member, details={"verification": verification})
    return mandate


def _faults_of_record(bsn: str, holder_bsn: str, verification: str, reference: str) -> list[FieldError]:
    faults = []
    for pointer, number in (("/citizenBsn", bsn), ("/holderBsn", holder_bsn)):
        try:
            check_bsn(number)
        except ValueError:
            # From nothing: the reason would repeat the BSN.
            faults.append(bsn_fault(pointer))
    if not faults and bsn == holder_bsn:
        faults.append(_fault("/holderBsn", _("Nobody needs a mandate to act for themselves.")))
    if verification not in set(Mandate.Verification.values) - {Mandate.Verification.GIVEN_ONLINE}:
        faults.append(_fault("/verification", _("Choose how you verified this.")))
    if not reference.strip() or len(reference) > LONGEST_REFERENCE:
        faults.append(_fault("/reference", _("Write down where the proof is kept, in at most 100 characters.")))
    return faults


def bsn_fault(pointer: str) -> FieldError:
    return _fault(pointer, _("This is not a citizen service number."))


def _fault(pointer: str, detail: str) -> FieldError:
    return FieldError(pointer, InvalidMandate.code, detail)


def require_registrar(member: Member) -> None:
    if member.role != Role.REGISTRAR or member.ended_at is not None:
        raise RoleRequired(detail=_("Only a registrar may do this."))


def _who(member: Member) -> dict[str, Any]:
    actor = member.as_actor()
    return {
        "organisation": actor.oin,
        "role": actor.role,
        "department": actor.department,
        "user_sealed": actor.sealed_name,
    }
