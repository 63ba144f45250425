"""Look at the log as a stranger would who does not trust it, and raise and end alarms by what is seen.

Each look costs about the same however long the log is: it goes on where the last one stopped, so that after a round of
`LOG_RECOMPUTED_WITHIN` every leaf, tile, checkpoint, entry and record was looked at again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.models import Alarm, Checkpoint, Leaf, LogHead, MonitorPlace
from audit.monitor.alarm_kinds import (
    CHECKPOINTS_STOPPED,
    ENTRY_OUTSIDE_LOG,
    ENTRY_UNPLACEABLE,
    LOG_ALTERED,
    PENDING_LATE,
)
from audit.monitor.log_health import LogHealth, log_health
from audit.monitor.lost_entries import Stretch, is_lost, lost_entries
from audit.monitor.own_head import KINDS, HeadRefused, follow_head
from audit.monitor.rolling_tree import recompute_part
from audit.services.alarm import end_alarm, raise_alarm
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import LogVerifier
from audit.signing.promise import made_at

FEWEST_AT_ONCE = 1024
# Some seconds of work. A log that grows faster than this is looked at later, and in whole by the round.
MOST_AT_ONCE = 50_000
# An entry is made before its transaction commits, so the youngest may not be there yet, and come later.
STILL_COMING = timedelta(minutes=1)
# More would hide the others, and tell no more.
MOST_ALARMS = 50


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to: how many leaves were recomputed, and the alarms that are going after it."""

    recomputed: int
    going: int


def watch_log(*, now: datetime, since_last: timedelta) -> Look:
    """Look once, `since_last` after the look before. Raise LogKeyUnusable without the verifier key."""
    verifier = load_verifier()
    _watch_promise(log_health(now=now))
    _watch_signing(now)
    _watch_head(verifier)
    place, _made = MonitorPlace.objects.get_or_create(defaults={"looked_at": now, "round_began_at": now})
    _watch_entries(place, now, since_last)
    recomputed = _watch_tree(place, verifier, now, since_last)
    place.looked_at = now
    place.save()
    return Look(recomputed, Alarm.objects.going().count())


def _watch_promise(health: LogHealth) -> None:
    late = health.oldest_pending is not None and health.oldest_pending > health.promised_delay
    _set_alarm(
        late,
        PENDING_LATE,
        f"The oldest entry that waits has done so for {health.oldest_pending_seconds} seconds; promised are"
        f" {health.promised_delay.total_seconds():g}.",
    )
    _set_alarm(
        health.unplaceable > 0,
        ENTRY_UNPLACEABLE,
        f"{health.unplaceable} pending rows contradict the log and get no place. Run manage.py verify_log.",
    )


def _watch_signing(now: datetime) -> None:
    size = LogHead.objects.values_list("size", flat=True).first() or 0
    newest = Checkpoint.objects.newest_first().first()
    signed = newest.size if newest else 0
    unsigned = Leaf.objects.filter(index=signed).first()
    stopped = unsigned is not None and now - made_at(unsigned.entry_id) > settings.LOG_PROMISED_DELAY
    _set_alarm(stopped, CHECKPOINTS_STOPPED, f"The log has {size} leaves, and the newest checkpoint is over {signed}.")


def _watch_head(verifier: LogVerifier) -> None:
    try:
        follow_head(verifier)
    except HeadRefused as refused:
        raise_alarm(kind=refused.kind, where=settings.LOG_ORIGIN, explanation=str(refused))
    else:
        for kind in KINDS:
            end_alarm(kind=kind, where=settings.LOG_ORIGIN)


def _watch_entries(place: MonitorPlace, now: datetime, since_last: timedelta) -> None:
    for alarm in Alarm.objects.going().filter(kind=ENTRY_OUTSIDE_LOG)[:MOST_ALARMS]:
        if not is_lost(UUID(alarm.where)):
            end_alarm(kind=alarm.kind, where=alarm.where)
    until = _first_id(now - STILL_COMING)
    young = lost_entries(
        after=place.young_entry or _first_id(now - since_last - STILL_COMING), until=until, most=MOST_AT_ONCE
    )
    place.young_entry = young.last or place.young_entry
    among_all = lost_entries(after=place.entry, until=until, most=_share(since_last))
    # At the end it begins anew: an entry with an old id can be put in at any time.
    place.entry = among_all.last
    _tell_of_lost(young, among_all)


def _tell_of_lost(*stretches: Stretch) -> None:
    for entry_id in [one for stretch in stretches for one in stretch.lost][:MOST_ALARMS]:
        raise_alarm(
            kind=ENTRY_OUTSIDE_LOG,
            where=str(entry_id),
            explanation=f"Entry {entry_id} has no leaf and does not wait for one. Run manage.py verify_log.",
        )


def _watch_tree(place: MonitorPlace, verifier: LogVerifier, now: datetime, since_last: timedelta) -> int:
    found = recompute_part(first=place.leaf, leaves=_share(since_last), verifier=verifier)
    if found.discrepancy is not None:
        place.round_found = True
        raise_alarm(kind=LOG_ALTERED, where=found.discrepancy.where, explanation=str(found.discrepancy))
    place.leaf = found.next_leaf
    if found.next_leaf == 0:
        if not place.round_found:
            # Everything was looked at again since, and is as it was written.
            place.whole_since = place.round_began_at
            for alarm in Alarm.objects.going().filter(kind=LOG_ALTERED, seen_at__lt=place.round_began_at):
                end_alarm(kind=alarm.kind, where=alarm.where)
        place.round_began_at, place.round_found = now, False
    return found.leaves


def _share(since_last: timedelta) -> int:
    """Return how much of the log is due since the last look, so that all of it is within LOG_RECOMPUTED_WITHIN."""
    size = LogHead.objects.values_list("size", flat=True).first() or 0
    due = int(size * (since_last / settings.LOG_RECOMPUTED_WITHIN)) + 1
    return min(max(due, FEWEST_AT_ONCE), MOST_AT_ONCE)


def _set_alarm(wrong: bool, kind: str, explanation: str) -> None:
    if wrong:
        raise_alarm(kind=kind, where=settings.LOG_ORIGIN, explanation=explanation)
    else:
        end_alarm(kind=kind, where=settings.LOG_ORIGIN)


def _first_id(at: datetime) -> UUID:
    """Return the id that comes before all that are made at or after a moment (UUIDv7, RFC 9562 §5.7)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
