"""Findings: raised by the search for patterns, looked into by auditors. Every change is an entry."""

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.entry import Entry
from audit.entry_of_viewer import entry_of
from audit.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from audit.models import Finding, FindingNote
from audit.patterns.actions import FINDING_CHANGED, FINDING_RAISED
from audit.patterns.in_force import rules_in_force
from audit.patterns.kinds import QUIET_DAYS
from audit.patterns.states import NEEDS_NOTE, State, may_become
from audit.patterns.suspicions import Suspicion
from audit.people import Viewer
from audit.services.append import append_entry

LONGEST_NOTE = 2000


class FindingNotFound(NotFound):
    code = "finding-not-found"


class FindingStateConflict(Conflict):
    code = "finding-state"
    title = _("This finding is in another state by now")


class NoteRefused(Invalid):
    code = "finding-note"


@transaction.atomic
def raise_finding(*, suspicion: Suspicion) -> Finding:
    """Return the finding that a suspicion belongs to: the open one of the same, grown by it, or a new one."""
    kind, organisation = suspicion.rule.kind, suspicion.rule.organisation
    same = Finding.objects.filter(
        organisation=organisation,
        kind=kind.name,
        user_sealed=suspicion.user_sealed,
        subject=suspicion.subject,
    )
    found = same.open().select_for_update().first()
    is_new = found is None
    finding = found or Finding(
        organisation=organisation,
        kind=kind.name,
        user_sealed=suspicion.user_sealed,
        subject=suspicion.subject,
        relation=suspicion.relation or "",
        values=dict(suspicion.rule.values),
        first_at=suspicion.first_at,
        last_at=suspicion.last_at,
        raised_at=timezone.now(),
        example=suspicion.example,
    )
    finding.first_at = min(finding.first_at, suspicion.first_at)
    if suspicion.last_at >= finding.last_at:
        finding.last_at, finding.example = suspicion.last_at, suspicion.example
    finding.number = finding.entries().count()
    finding.save(force_insert=is_new, force_update=not is_new)
    if is_new:
        append_entry(
            Entry(
                action=FINDING_RAISED.name,
                outcome="allowed",
                organisation=organisation,
                details={"finding": str(finding.pk), "kind": kind.name},
            )
        )
    return finding


@transaction.atomic
def move_finding(*, viewer: Viewer, finding_id: UUID, to: State, note: str = "") -> Finding:
    """Bring a finding into another state, with a note where that needs one.

    Who looks into it becomes its owner. What is explained is not raised again for the quiet time of the rule as it
    is now. Raise FindingStateConflict where the present state does not allow it.
    """
    finding = _locked(viewer, finding_id)
    if not may_become(finding.state, to):
        raise FindingStateConflict(_("Somebody may have worked on it meanwhile. Look at the finding again."))
    text = _checked(note, needed=to in NEEDS_NOTE)
    now = timezone.now()
    before, finding.state = finding.state, to.value
    finding.owner = finding.owner if finding.owner and to != State.LOOKED_INTO else viewer.account
    finding.quiet_until = now + _quiet_time(finding) if to == State.EXPLAINED else None
    try:
        with transaction.atomic():
            finding.save(force_update=True)
    except IntegrityError:
        raise FindingStateConflict(_("The same was found again meanwhile. Look into that finding.")) from None
    _keep(viewer, finding, before, text)
    return finding


@transaction.atomic
def note_on_finding(*, viewer: Viewer, finding_id: UUID, note: str) -> Finding:
    """Add a note; the state stays."""
    finding = _locked(viewer, finding_id)
    _keep(viewer, finding, finding.state, _checked(note, needed=True))
    return finding


@transaction.atomic
def take_over_finding(*, viewer: Viewer, finding_id: UUID) -> Finding:
    """Become the owner of a finding that somebody else looks into."""
    finding = _locked(viewer, finding_id)
    if finding.state != State.LOOKED_INTO:
        raise FindingStateConflict(_("Nobody looks into this finding now."))
    finding.owner = viewer.account
    finding.save(force_update=True, update_fields=["owner"])
    _keep(viewer, finding, finding.state, "")
    return finding


def _locked(viewer: Viewer, finding_id: UUID) -> Finding:
    finding = Finding.objects.visible_to(viewer).select_for_update().filter(pk=finding_id).first()
    if finding is None:
        raise FindingNotFound(_("There is no such finding, or it is not yours to see."))
    if viewer.account is None:
        raise Forbidden(_("Only a person can work on a finding."))
    return finding


def _checked(note: str, *, needed: bool) -> str:
    text = note.strip()
    if needed and not text:
        raise NoteRefused(errors=[FieldError("/note", "required", _("Say in a note why."))])
    if len(text) > LONGEST_NOTE or "\x00" in text:
        raise NoteRefused(
            errors=[
                FieldError(
                    "/note",
                    "too-long",
                    _("Write at most %d characters of plain text.") % LONGEST_NOTE,
                )
            ]
        )
    return text


def _quiet_time(finding: Finding) -> timedelta:
    rules = rules_in_force([finding.organisation])[finding.organisation]
    return timedelta(days=next(rule.values[QUIET_DAYS] for rule in rules if rule.kind.name == finding.kind))


def _keep(viewer: Viewer, finding: Finding, before: str, text: str) -> None:
    """Keep what was done, and log it; the words of a note may name people, and stay out of the log."""
    assert viewer.account is not None
    FindingNote.objects.create(
        finding=finding,
        at=timezone.now(),
        account=viewer.account,
        from_state=before,
        to_state=finding.state,
        text=text,
    )
    append_entry(
        entry_of(
            viewer,
            FINDING_CHANGED,
            details={
                "finding": str(finding.pk),
                "kind": finding.kind,
                "from": before,
                "to": finding.state,
                "note": bool(text),
            },
        )
    )
