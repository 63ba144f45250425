"""Raise an alarm where what is due is not erased: most likely nobody lets the eraser come by."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from audit.models import ErasureOrder, Record
from audit.retention.classes import CLASSES
from audit.retention.due import due_records
from audit.retention.holds import is_held
from audit.retention.words import ORDER
from audit.services.alarm import end_alarm, raise_alarm

LATE = "erasing-late"
# The eraser comes every day; this forgives it a few.
GRACE = timedelta(days=7)


def watch_erasing() -> list[str]:
    """Raise or end the alarm of each rule, and return the rules whose records should have gone longer than GRACE ago.

    On SQLite nothing can be erased, and nothing is missed.
    """
    if connection.vendor != "postgresql":
        return []
    now = timezone.now()
    free = ~is_held(now)
    late = [one.name for one in CLASSES.values() if due_records(one, now=now - GRACE).filter(free).exists()]
    waiting = ErasureOrder.objects.approved().filter(decided_at__lt=now - GRACE)
    if any(Record.objects.filter(free, entry_id__in=order.entry_ids).exists() for order in waiting):
        late.append(ORDER)
    for rule in (*CLASSES, ORDER):
        if rule in late:
            raise_alarm(
                kind=LATE,
                where=rule,
                explanation=f"Records have been due for more than {GRACE.days} days. Let manage.py erase_records run"
                " every day, with a login in the role deelwijs_eraser.",
            )
        else:
            end_alarm(kind=LATE, where=rule)
    return late
