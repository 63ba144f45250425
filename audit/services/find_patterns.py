"""Search the log for unusual patterns, in the order of its leaves, each entry once."""

from collections import defaultdict
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.utils import timezone

from audit.models import Leaf, PatternHead, Record
from audit.patterns.in_force import rules_in_force
from audit.patterns.suspicions import NewEntry, suspicions
from audit.services.findings import raise_finding

BATCH = 2000

_COLUMNS = ("entry_id", "at", "organisation", "action", "outcome", "user_sealed", "subject")


def find_patterns(*, at_most: timedelta) -> int:
    """Search what came into the log since the last time, for at most so long; return how many entries there were."""
    searched, end = 0, monotonic() + at_most.total_seconds()
    while monotonic() < end and (batch := search_batch()):
        searched += batch
    return searched


@transaction.atomic
def search_batch(limit: int = BATCH) -> int:
    """Search at most `limit` entries: zero when there are none, or when another worker searches them.

    The head moves first, by comparing and setting it, and back if anything fails. Leaves have no gaps, so no entry
    comes in behind the head; an entry that was written for an earlier time is searched with those around that time.
    """
    now = timezone.now()
    head, _created = PatternHead.objects.get_or_create(id=1, defaults={"searched_at": now})
    leaves = Leaf.objects.filter(index__gte=head.searched, index__lt=head.searched + limit)
    entry_ids = list(leaves.order_by("index").values_list("entry_id", flat=True))
    moved = PatternHead.objects.filter(id=1, searched=head.searched).update(
        searched=head.searched + len(entry_ids), searched_at=now
    )
    if not moved or not entry_ids:
        return 0
    # Who did it is what every rule asks, so what nobody of an organisation did is not searched.
    records = Record.objects.filter(entry_id__in=entry_ids).exclude(organisation="").exclude(user_sealed=b"")
    new: defaultdict[str, list[NewEntry]] = defaultdict(list)
    for row in records.values(*_COLUMNS):
        entry = NewEntry(**{**row, "user_sealed": bytes(row["user_sealed"])})
        new[entry.organisation].append(entry)
    for organisation, rules in rules_in_force(new.keys()).items():
        for rule in rules:
            for suspicion in suspicions(rule, new[organisation]) if rule.on else ():
                raise_finding(suspicion=suspicion)
    return len(entry_ids)
