"""The figures of the public register, counted from the audit log in the order of its leaves, each entry once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.entry import Entry
from audit.models import Leaf, Record
from consent.models import Figure, FigureHead

BATCH = 2000

# By action and outcome.
_MEASURES = {
    ("sharing.requested", "allowed"): Figure.Measure.ASKED,
    ("consent.granted", "allowed"): Figure.Measure.GRANTED,
    ("consent.refused", "allowed"): Figure.Measure.REFUSED,
    ("consent.withdrawn", "allowed"): Figure.Measure.WITHDRAWN,
    ("consent.expired", "allowed"): Figure.Measure.EXPIRED,
    ("sharing.released", "allowed"): Figure.Measure.USED,
    ("sharing.released", "refused"): Figure.Measure.NOT_RELEASED,
}
# What an organisation does; the rest is the citizen's, whose entries name the organisation that it is about.
_BY_DEPARTMENT = frozenset(
    {Figure.Measure.ASKED, Figure.Measure.USED, Figure.Measure.NOT_RELEASED, Figure.Measure.ASKED_MORE}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one count is of: a row of figures."""

    purpose: str
    measure: Figure.Measure
    month: date
    organisation: str
    department: str


def count_figures() -> int:
    """Count every entry that has its place in the log and was not counted yet; return how many there were."""
    counted = 0
    while batch := count_batch():
        counted += batch
    return counted


@transaction.atomic
def count_batch(limit: int = BATCH) -> int:
    """Count at most `limit` entries, exactly once: zero when there are none, or when another worker counts them.

    The head moves first, by comparing and setting it: of two workers the database lets one through, and the other
    waits until the first has committed and then finds that the head has moved. Leaves have no gaps and get their
    numbers in the order of commits, so that no entry comes in behind the head.
    """
    head, _created = FigureHead.objects.get_or_create(id=1, defaults={"counted_at": timezone.now()})
    entry_ids = list(
        Leaf.objects.filter(index__gte=head.counted, index__lt=head.counted + limit)
        .order_by("index")
        .values_list("entry_id", flat=True)
    )
    moved = FigureHead.objects.filter(id=1, counted=head.counted).update(
        counted=head.counted + len(entry_ids), counted_at=timezone.now()
    )
    if not moved:
        return 0
    # An erased record says nothing any more and is not counted.
    records = Record.objects.filter(entry_id__in=entry_ids, action__in={action for action, _outcome in _MEASURES})
    counts = Counter(cell for record in records.iterator() for cell in cells_of(record.entry))
    for cell, count in counts.items():
        _add(cell, count)
    return len(entry_ids)


def cells_of(entry: Entry) -> Iterator[Cell]:
    """Yield what an entry counts for. Of what was asked and not handed over, more than was granted counts twice."""
    measure = _MEASURES.get((entry.action, entry.outcome))
    if measure is None or not entry.purpose:
        return
    yield _cell(entry, measure)
    if measure == Figure.Measure.NOT_RELEASED and _asked_more(entry):
        yield _cell(entry, Figure.Measure.ASKED_MORE)


def _cell(entry: Entry, measure: Figure.Measure) -> Cell:
    by_department = measure in _BY_DEPARTMENT
    return Cell(
        purpose=entry.purpose,
        measure=measure,
        month=timezone.localdate(entry.at).replace(day=1),
        organisation=entry.organisation if by_department else "",
        department=entry.department if by_department else "",
    )


def _asked_more(entry: Entry) -> bool:
    return any(verdict["code"] == "fields" and not verdict["holds"] for verdict in entry.verdicts)


def _add(cell: Cell, count: int) -> None:
    """Add to a count. Nobody else writes figures now: this transaction holds the head."""
    key = {
        "purpose": cell.purpose,
        "measure": cell.measure,
        "month": cell.month,
        "organisation": cell.organisation,
        "department": cell.department,
    }
    if not Figure.objects.filter(**key).update(count=F("count") + count):
        Figure.objects.create(**key, count=count)
