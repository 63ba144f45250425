"""Keep records beyond their period for a while, for a reason that stands in the log; and let them go."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actions import HOLD_LIFTED, HOLD_PLACED, Action
from audit.entry_of_viewer import entry_of
from audit.errors import Conflict, Forbidden, Invalid, NotFound
from audit.models import Hold
from audit.people import Viewer
from audit.services.append import append_entry

# Who still needs it then says so again; a hold that nobody thinks of keeps data for no reason.
LONGEST_HOLD = timedelta(days=366)


class InvalidHold(Invalid):
    code = "invalid-hold"
    title = gettext_lazy("This hold cannot be placed")


class HoldNotFound(NotFound):
    code = "hold-not-found"


class HoldOver(Conflict):
    code = "hold-over"
    title = gettext_lazy("This hold is over already")


@transaction.atomic
def place_hold(
    *,
    viewer: Viewer,
    ground: str,
    until: datetime,
    entry_id: UUID | None = None,
    subject: str = "",
    case: str = "",
    consent: UUID | None = None,
) -> Hold:
    """Hold one entry, or all about a resident's pseudonym, a case or a consent, until a moment.

    Raise Forbidden for who oversees nothing, and InvalidHold without a ground, for none or several of the targets, and
    for an end that has been or is further away than LONGEST_HOLD.
    """
    _require_oversight(viewer)
    now = timezone.now()
    targets = {"entry": entry_id, "subject": subject, "case": case, "consent": consent}
    named = [name for name, value in targets.items() if value]
    if len(named) != 1 or not ground:
        raise InvalidHold(_("Give a ground, and one thing that is held."))
    if not now < until <= now + LONGEST_HOLD:
        raise InvalidHold(_("A hold ends within a year. It can be placed anew."))
    hold = Hold(
        organisation=viewer.organisation,
        entry_id=entry_id,
        subject=subject,
        case=case,
        consent=consent,
        ground=ground,
        placed_at=now,
        until=until,
    )
    hold.save(force_insert=True)
    # Not which resident or case: this entry stays for ever.
    _log(HOLD_PLACED, viewer, hold, now, {"target": named[0], "ground": ground, "until": until.isoformat()})
    return hold


@transaction.atomic
def lift_hold(*, viewer: Viewer, hold_id: UUID) -> Hold:
    """End a hold of the viewer's organisations now. Raise HoldNotFound, or HoldOver where it has ended already."""
    _require_oversight(viewer)
    holds = Hold.objects.select_for_update(no_key=True)
    if viewer.organisations is not None:
        holds = holds.filter(organisation__in=viewer.organisations)
    hold = holds.filter(pk=hold_id).first()
    now = timezone.now()
    if hold is None:
        raise HoldNotFound(_("There is no such hold, or it is not yours to see."))
    if not hold.stands(now):
        raise HoldOver
    hold.lifted_at = now
    hold.save(update_fields=["lifted_at"])
    _log(HOLD_LIFTED, viewer, hold, now, {})
    return hold


def _require_oversight(viewer: Viewer) -> None:
    if viewer.kind != "auditor":
        raise Forbidden(_("Only auditors and privacy officers hold records."))


def _log(action: Action, viewer: Viewer, hold: Hold, now: datetime, details: dict[str, Any]) -> None:
    append_entry(
        entry_of(
            viewer,
            action,
            at=now,
            details={"hold": str(hold.id), **details},
        )
    )
