"""Deferring what a citizen is told of a case: one person asks, another approves, it ends on its day or before.

It holds for what happens while it is in force. Nothing that a citizen could see already can be taken away again.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import actions
from audit.deferral import deferral as deferring
from audit.deferral.grounds import LEGAL_GROUNDS
from audit.entry import Entry, Outcome
from audit.entry_of_viewer import entry_of
from audit.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from audit.models import Deferral, DeferralState, Record
from audit.models.deferral import TRANSITIONS
from audit.people import Viewer
from audit.services.append import append_entry

LONGEST_REASON = 500


class InvalidDeferral(Invalid):
    code = "invalid-deferral"
    title = gettext_lazy("This cannot be kept back like that")


class DeferralNotFound(NotFound):
    code = "deferral-not-found"


class DeferralDecided(Conflict):
    code = "deferral-decided"
    title = gettext_lazy("Somebody has decided on this already")


class SecondPersonNeeded(Forbidden):
    code = "second-person-needed"
    title = gettext_lazy("Somebody else must decide on this")


def deferral_in_force(*, organisation: str, case: str, now: datetime) -> "deferring.Deferral | None":
    """Return the deferral of a case of an organisation (by OIN), or None where citizens see all at once."""
    found = (
        Deferral.objects.in_force(now).filter(organisation=organisation, case=case).values_list("id", "until").first()
    )
    return None if found is None else deferring.Deferral(*found)


def ask_deferral(*, by: Viewer, case: str, ground: str, reason: str, until: datetime) -> Deferral:
    """Ask, for the organisation of who asks, that what happens in a case is told on a later day.

    `reason` is what the citizens will read then. It holds from the approval by somebody else. Raises InvalidDeferral
    with every fault, and DeferralDecided while there is one for the case.
    """
    now = timezone.now()
    case, reason = case.strip(), reason.strip()
    faults = _faults(case=case, ground=ground, reason=reason, until=until, now=now)
    if faults:
        raise InvalidDeferral(errors=faults)
    deferral = Deferral(
        organisation=by.organisation,
        case=case,
        ground=ground,
        reason=reason,
        author=by.person,
        asked_at=now,
        until=until,
    )
    try:
        with transaction.atomic():
            deferral.save(force_insert=True)
            append_entry(_entry(actions.DEFERRAL_ASKED, deferral, by))
    except IntegrityError as error:
        raise DeferralDecided(_("There is one for this case already. Look at it in the list.")) from error
    return deferral


@transaction.atomic
def decide_deferral(*, by: Viewer, deferral_id: UUID, approve: bool) -> Deferral:
    """Approve or refuse what somebody else of the own organisation asked.

    Raises DeferralNotFound, DeferralDecided, and SecondPersonNeeded for who asked it.
    """
    deferral = _locked(deferral_id, frozenset({by.organisation}))
    if deferral.author == by.person:
        raise SecondPersonNeeded(_("You asked this yourself. A colleague with the role of approver decides."))
    now = timezone.now()
    if deferral.until <= now:
        raise DeferralDecided(_("Its day has come. Ask again if it is still needed."))
    _move(deferral, DeferralState.APPROVED if approve else DeferralState.REFUSED)
    deferral.approver, deferral.decided_at = by.person, now
    deferral.save(update_fields=["state", "approver", "decided_at"])
    append_entry(_entry(actions.DEFERRAL_DECIDED, deferral, by, outcome="allowed" if approve else "refused"))
    return deferral


@transaction.atomic
def lift_deferral(*, by: Viewer, deferral_id: UUID) -> Deferral:
    """Let the citizens see at once what was kept back. Raises DeferralNotFound and DeferralDecided."""
    deferral = _locked(deferral_id, by.organisations)
    _move(deferral, DeferralState.LIFTED)
    deferral.ended_at = timezone.now()
    deferral.save(update_fields=["state", "ended_at"])
    append_entry(_entry(actions.DEFERRAL_LIFTED, deferral, by))
    _tell_citizens(deferral)
    return deferral


def end_deferrals() -> int:
    """End those whose day has come, and tell the citizens concerned; return how many there were.

    The lines show themselves at that moment, whatever this does; it adds the line that says so.
    """
    ids = Deferral.objects.over(timezone.now()).order_by("id").values_list("id", flat=True)
    return sum(_end(deferral_id) for deferral_id in list(ids))


@transaction.atomic
def _end(deferral_id: UUID) -> bool:
    now = timezone.now()
    deferral = (
        Deferral.objects.over(now).select_for_update(no_key=True, skip_locked=True).filter(pk=deferral_id).first()
    )
    if deferral is None:
        return False
    approved = deferral.state == DeferralState.APPROVED
    _move(deferral, DeferralState.ENDED)
    deferral.ended_at = now
    deferral.save(update_fields=["state", "ended_at"])
    if approved:
        _tell_citizens(deferral)
    return True


def _tell_citizens(deferral: Deferral) -> None:
    """Give each citizen one line about all that was kept back; it stands on top, where the others are long ago."""
    kept_back = Record.objects.deferred_by(deferral.pk).exclude(subject="").order_by()
    for subject in kept_back.values_list("subject", flat=True).distinct():
        append_entry(
            Entry(
                action=actions.DISCLOSED.name,
                outcome="allowed",
                subject=subject,
                organisation=deferral.organisation,
                case=deferral.case,
                details=_details(deferral),
            )
        )


def _faults(*, case: str, ground: str, reason: str, until: datetime, now: datetime) -> list[FieldError]:
    faults = []
    if not case or len(case) > 100 or not case.isprintable():
        faults.append(FieldError("/case", "case-missing", _("Name the case, in at most 100 characters.")))
    if ground not in LEGAL_GROUNDS:
        faults.append(FieldError("/ground", "unknown-ground", _("Choose one of the legal grounds.")))
    if not reason or len(reason) > LONGEST_REASON:
        detail = _("Say in at most %(most)d characters what the residents will read.") % {"most": LONGEST_REASON}
        faults.append(FieldError("/reason", "reason-missing", detail))
    longest: timedelta = settings.LOG_LONGEST_DEFERRAL
    if until <= now:
        faults.append(FieldError("/until", "until-over", _("Choose a day that is still to come.")))
    elif until > now + longest:
        detail = _("Nothing is kept back longer than %(days)d days.") % {"days": longest.days}
        faults.append(FieldError("/until", "until-too-late", detail))
    return faults


def _locked(deferral_id: UUID, oins: frozenset[str] | None) -> Deferral:
    rows = Deferral.objects.of_organisations(oins).select_for_update(no_key=True)
    deferral = rows.filter(pk=deferral_id).first()
    if deferral is None:
        raise DeferralNotFound(_("There is no such deferral, or it is not of your organisation."))
    return deferral


def _move(deferral: Deferral, state: DeferralState) -> None:
    if state not in TRANSITIONS[DeferralState(deferral.state)]:
        raise DeferralDecided(_("Load the page again to see how it stands."))
    deferral.state = state


def _entry(action: actions.Action, deferral: Deferral, by: Viewer, *, outcome: Outcome = "allowed") -> Entry:
    return entry_of(
        by,
        action,
        outcome=outcome,
        organisation=deferral.organisation,
        case=deferral.case,
        details=_details(deferral),
    )


def _details(deferral: Deferral) -> dict[str, str]:
    """Say what was agreed. Of the words only a hash: they are for the citizens, and cannot be changed meanwhile."""
    return {
        "deferral": str(deferral.pk),
        "ground": deferral.ground,
        "reasonHash": sha256(deferral.reason.encode()).hexdigest(),
        "until": deferral.until.isoformat(),
    }
