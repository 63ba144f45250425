"""Erase records: what an entry said and its salt go, and its commitment and place stay, so every proof still holds.

Only the role `deelwijs_eraser` may, which the service never has: an operator's own process signs in with it
(`manage.py erase_records`). It follows the rules and the orders that stand in the database, and leaves in one
transaction an entry that says how many records went and why, a row a record that names that entry, and nothing of what
they said. If any of these cannot be written, nothing is erased.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actions import ERASED, ERASURE_APPROVED
from audit.entry import Entry
from audit.errors import Unavailable
from audit.models import Erasure, ErasureOrder, Record
from audit.models.record import RecordQuerySet
from audit.retention.classes import CLASSES, RetentionClass
from audit.retention.commitment import commit_to_list
from audit.retention.due import erasable_records
from audit.retention.holds import is_held
from audit.retention.in_force import period_in_force
from audit.retention.words import ORDER
from audit.roles import ERASER
from audit.services.append import append_entry

logger = logging.getLogger(__name__)

BATCH = 1000


class ErasingNeedsPostgres(Unavailable):
    code = "erasing-needs-postgresql"
    title = _("Records can be erased on PostgreSQL only")


class RecordsChanged(Exception):
    """What was chosen is not there any more, or is held since. Nothing was erased; the next run chooses anew."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many records went by one rule: the name of a retention class, or `order`."""

    rule: str
    records: int


def erase_due(*, progress: Callable[[str, int], None] | None = None) -> list[Erased]:
    """Erase all that is due and that nothing holds, then what orders ask for; return what went.

    Raise ErasingNeedsPostgres elsewhere: SQLite has no roles, and its triggers let nobody delete a record. Stopped at
    any moment it has erased whole batches, each with its entry; the next run goes on.
    """
    if connection.vendor != "postgresql":
        raise ErasingNeedsPostgres(_("SQLite has no role that only erases, so there every record stays."))
    done: dict[str, int] = {}
    for erase_batch in (*(_of_class(one) for one in CLASSES.values()), _of_orders):
        while erased := erase_batch():
            done[erased.rule] = done.get(erased.rule, 0) + erased.records
            if progress:
                progress(erased.rule, erased.records)
    return [Erased(rule, records) for rule, records in done.items()]


def _of_class(of_class: RetentionClass) -> Callable[[], Erased | None]:
    def erase_batch() -> Erased | None:
        now = timezone.now()
        due = erasable_records(of_class, now=now)
        with _as_eraser():
            # The oldest first: of a consent, what says that it ended is the last.
            chosen = list(due.order_by("at", "entry_id").values_list("entry_id", flat=True)[:BATCH])
            if not chosen:
                return None
            details = {"months": period_in_force(of_class), "ground": "period"}
            _erase(chosen, among=due, rule=of_class.name, now=now, details=details, related=None)
        return Erased(of_class.name, len(chosen))

    return erase_batch


def _of_orders() -> Erased | None:
    """Carry out the oldest order that has something to erase. It ends when nothing of its list is left.

    An order that the log does not tell of, or tells otherwise of, was put in behind the back of the service, and is
    left as evidence.
    """
    now = timezone.now()
    free = Record.objects.exclude(is_held(now))
    with _as_eraser():
        for order in ErasureOrder.objects.approved().order_by("decided_at").select_for_update():
            if not _is_logged(order):
                logger.error("the erasure order %s is not the one that was approved: it is not carried out", order.id)
                continue
            left = Record.objects.filter(entry_id__in=order.entry_ids)
            chosen = list(left.exclude(is_held(now)).order_by("entry_id").values_list("entry_id", flat=True)[:BATCH])
            if chosen:
                details = {"order": str(order.id), "ground": order.ground, "reference": order.reference}
                _erase(chosen, among=free, rule=ORDER, now=now, details=details, related=order.decided_entry)
                order.erased += len(chosen)
            if not left.exists():
                order.state = ErasureOrder.State.CARRIED_OUT
                order.ended_at = now
                # It has served; the pseudonym and the list would be all that is left of what was erased.
                order.subject = ""
                order.entries = []
            order.save(update_fields=["erased", "state", "ended_at", "subject", "entries"])
            if chosen:
                return Erased(ORDER, len(chosen))
    return None


def _is_logged(order: ErasureOrder) -> bool:
    """Whether an entry says that this very list was approved."""
    if order.decided_entry is None:
        return False
    record = Record.objects.filter(entry_id=order.decided_entry, action=ERASURE_APPROVED.name).first()
    said = record.entry.details if record else {}
    return said == {"order": str(order.id), "commitment": commit_to_list(order.entry_ids)}


def _erase(
    entry_ids: list[UUID],
    *,
    among: RecordQuerySet,
    rule: str,
    now: datetime,
    details: dict[str, Any],
    related: UUID | None,
) -> None:
    commitment = commit_to_list(entry_ids)
    logged = append_entry(
        Entry(
            action=ERASED.name,
            outcome="allowed",
            at=now,
            related=related,
            details={"rule": rule, "erased": len(entry_ids), "commitment": commitment, **details},
        )
    )
    Erasure.objects.bulk_create(
        Erasure(entry_id=entry_id, erased_by=logged.id, rule=rule, at=now) for entry_id in entry_ids
    )
    # Asked once more in the statement that deletes, for a hold that came since.
    gone, _by_table = among.filter(entry_id__in=entry_ids).delete()
    if gone != len(entry_ids):
        raise RecordsChanged(f"{len(entry_ids)} records were chosen, and {gone} of them could be erased")


@contextmanager
def _as_eraser() -> Iterator[None]:
    """One transaction in which the process is the eraser by name: to be a member of the role is not enough."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ERASER}")
        yield
        # Within another transaction, as in a test, it would last.
        cursor.execute("RESET ROLE")
