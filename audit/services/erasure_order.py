"""Order that records are erased before their time; a second person approves, and the eraser carries it out.

Each step is an entry. What the law requires to be kept is left out of an order that a person asked for, and counted
with its class, so that the answer to that person can say what stays and on which ground.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actions import ERASURE_APPROVED, ERASURE_DECLINED, ERASURE_ORDERED, Action
from audit.entry_of_viewer import entry_of
from audit.errors import Conflict, Forbidden, Invalid, NotFound
from audit.models import ErasureOrder, Record
from audit.people import Viewer
from audit.retention.classes import SERVICE
from audit.retention.commitment import commit_to_list
from audit.retention.due import class_of_action
from audit.services.append import AppendedEntry, append_entry

PRIVACY_OFFICER = "privacy-officer"
MOST_ENTRIES = 10_000


class NothingToErase(Invalid):
    """Nothing that the order names may be erased on its ground; `kept` counts what stays by retention class."""

    code = "nothing-to-erase"
    title = gettext_lazy("Nothing of this may be erased")

    def __init__(self, kept: dict[str, int]) -> None:
        super().__init__(_("Every record that was found must be kept, or none was found."), params={"kept": kept})
        self.kept = kept


class TooManyEntries(Invalid):
    code = "too-many-entries"
    title = gettext_lazy("This order names too many entries")


class ErasureOrderNotFound(NotFound):
    code = "erasure-order-not-found"


class ErasureOrderDecided(Conflict):
    code = "erasure-order-decided"
    title = gettext_lazy("Somebody has decided on this order already")


@transaction.atomic
def order_erasure(
    *,
    viewer: Viewer,
    ground: ErasureOrder.Ground,
    reference: str,
    entry_ids: Collection[UUID] = (),
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> ErasureOrder:
    """Order the erasure of the records of given entries, or of those about one pseudonym in a period.

    `reference` is the legal ground in words, such as the article that the request rests on or the number of the ruling.
    Raise Forbidden for who is no privacy officer, NothingToErase where nothing is left to erase, and TooManyEntries
    above MOST_ENTRIES.
    """
    _require_oversight(viewer)
    if viewer.role != PRIVACY_OFFICER:
        raise Forbidden(_("Only a privacy officer orders an erasure."))
    found = list(
        _in_reach(viewer, entry_ids, subject, since, until)
        .order_by("entry_id")
        .values_list("entry_id", "action")[: MOST_ENTRIES + 1]
    )
    if len(found) > MOST_ENTRIES:
        raise TooManyEntries(
            _("Choose a shorter period: an order names at most %(most)d entries.") % {"most": MOST_ENTRIES}
        )
    chosen, kept = _leave_required(found, ground)
    if not chosen:
        raise NothingToErase(kept)
    now = timezone.now()
    order = ErasureOrder(
        organisation=viewer.organisation,
        ground=ground,
        reference=reference,
        subject=subject,
        entries=[str(one) for one in chosen],
        kept=kept,
        commitment=commit_to_list(chosen),
        ordered_by=viewer.person,
        ordered_at=now,
        chosen=len(chosen),
    )
    details = {
        "order": str(order.id),
        "ground": str(ground),
        "reference": reference,
        "entries": len(chosen),
        "commitment": order.commitment,
        "kept": kept,
    }
    order.ordered_entry = _log(ERASURE_ORDERED, viewer, now, details=details, related=None).id
    order.save(force_insert=True)
    return order


@transaction.atomic
def approve_erasure(*, viewer: Viewer, order_id: UUID) -> ErasureOrder:
    """Approve an order as a second person. Raise Forbidden for who ordered it, and ErasureOrderDecided."""
    order = _lock_open(viewer, order_id)
    if order.ordered_by == viewer.person:
        raise Forbidden(_("You ordered this yourself. A second person approves it."))
    return _decide(order, viewer, ErasureOrder.State.APPROVED, ERASURE_APPROVED)


@transaction.atomic
def decline_erasure(*, viewer: Viewer, order_id: UUID) -> ErasureOrder:
    """Decline an order, also one's own. Raise ErasureOrderDecided."""
    order = _lock_open(viewer, order_id)
    order.subject, order.entries = "", []
    return _decide(order, viewer, ErasureOrder.State.DECLINED, ERASURE_DECLINED)


def _decide(order: ErasureOrder, viewer: Viewer, state: ErasureOrder.State, action: Action) -> ErasureOrder:
    now = timezone.now()
    order.state = state
    order.decided_by = viewer.person
    order.decided_at = now
    if state == ErasureOrder.State.DECLINED:
        order.ended_at = now
    details = {"order": str(order.id), "commitment": order.commitment}
    order.decided_entry = _log(action, viewer, now, details=details, related=order.ordered_entry).id
    order.save()
    return order


def _lock_open(viewer: Viewer, order_id: UUID) -> ErasureOrder:
    _require_oversight(viewer)
    seen = ErasureOrder.objects.of_organisations(viewer.organisations)
    order = seen.select_for_update(no_key=True).filter(pk=order_id).first()
    if order is None:
        raise ErasureOrderNotFound(_("There is no such order, or it is not yours to see."))
    if order.state != ErasureOrder.State.ORDERED:
        raise ErasureOrderDecided
    return order


def _require_oversight(viewer: Viewer) -> None:
    # Two people are told apart by it, so nobody without one may be either of them.
    if viewer.kind != "auditor" or not viewer.person:
        raise Forbidden(_("Only auditors and privacy officers decide on erasures."))


def _in_reach(
    viewer: Viewer, entry_ids: Collection[UUID], subject: str, since: datetime | None, until: datetime | None
) -> Any:
    """Return the records that an order can be about: what the viewer oversees, and what residents did themselves."""
    records = Record.objects.all()
    if viewer.organisations is not None:
        own = Q(organisation="") & ~Q(subject="")
        records = records.filter(Q(organisation__in=viewer.organisations) | own)
    if entry_ids:
        return records.filter(entry_id__in=entry_ids)
    records = records.filter(subject=subject) if subject else records.none()
    if since:
        records = records.filter(at__gte=since)
    return records.filter(at__lt=until) if until else records


def _leave_required(found: list[tuple[UUID, str]], ground: ErasureOrder.Ground) -> tuple[list[UUID], dict[str, int]]:
    """Part what may go from what must stay. A ruling goes before every period but that of the service's own account."""
    chosen: list[UUID] = []
    kept: Counter[str] = Counter()
    for entry_id, action in found:
        of_class = class_of_action(action)
        if of_class is None or of_class.name == SERVICE:
            kept[SERVICE] += 1
        elif of_class.required and ground == ErasureOrder.Ground.REQUEST:
            kept[of_class.name] += 1
        else:
            chosen.append(entry_id)
    return chosen, dict(kept)


def _log(
    action: Action, viewer: Viewer, now: datetime, *, details: dict[str, Any], related: UUID | None
) -> AppendedEntry:
    return append_entry(
        entry_of(
            viewer,
            action,
            at=now,
            related=related,
            details=details,
        )
    )
