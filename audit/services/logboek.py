"""Bring the log to the collectors of the Logboek Dataverwerkingen, from where each of them acknowledged last.

At least once: a worker that dies between an answer and the commit of the position sends the same spans again, with the
same ids. Never less: the position moves only over what was acknowledged, over entries that are about nobody or another
organisation, and over records that were erased. Deferred entries go along: a collector is an organisation's own, and
the deferral keeps an entry from the citizen's view, not from the organisation that asked for it.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from audit.entry import Entry
from audit.logboek.collector import Collector, NotAcknowledged
from audit.logboek.destinations import Destination, DestinationsUnusable, read_destinations
from audit.logboek.record import spans_of
from audit.logboek.subject import SubjectKeyUnusable, read_subject_key
from audit.models import Leaf, LogboekPosition, LogboekRejection, Record
from audit.services.alarm import end_alarm, raise_alarm
from audit.signing.promise import made_at

logger = logging.getLogger(__name__)

# How many leaves are looked at in one query, and how many spans go into one request.
WINDOW = 2000
MOST_SPANS = 512
# Longer than a request may take, so that nobody else begins while one is under way.
LEASE = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(minutes=5)
# A collector that rejects so many is not being fussy, it is broken: what follows waits instead.
MOST_REJECTED = 1000

BACKLOG, REJECTED = "ldv-backlog", "ldv-rejected"


class TooManyRejected(NotAcknowledged):
    """The collector rejects what it should take; nothing more is laid aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One run: how many records were taken, how many rejected for good, and the failure that ended it, or ""."""

    taken: int = 0
    rejected: int = 0
    failure: str = ""
    gave_way: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Where a destination stands: leaves not looked at yet, since when the oldest of them waits, and the rest."""

    position: LogboekPosition
    leaves: int
    oldest: datetime | None
    rejected: int


def destinations() -> list[Destination]:
    """Return the destinations of this service, none where the setting names no file; raise DestinationsUnusable."""
    file = settings.LDV_DESTINATIONS_FILE
    return read_destinations(Path(file)) if file else []


def send_backlog(destination: Destination, *, seconds: float, at_once: bool = False) -> Sent:
    """Send what waits, for at most about so many seconds. `at_once` does not wait until a failure is old enough."""
    LogboekPosition.objects.get_or_create(name=destination.name)
    if not _claim(destination.name, at_once=at_once):
        return Sent(gave_way=True)
    until = time.monotonic() + seconds
    taken = rejected = 0
    failure = ""
    try:
        with _sending(destination) as send:
            while time.monotonic() < until and (step := _step(destination)):
                outcome = _deliver(step.entries, send)
                refused = _room_for(destination, outcome.refused)
                if not _advance(destination, step, refused):
                    return Sent(taken=taken, rejected=rejected, gave_way=True)
                taken += len(step.entries) - len(refused)
                rejected += len(refused)
    except NotAcknowledged as error:
        failure = str(error)
        _fail(destination, error)
    except (SubjectKeyUnusable, DestinationsUnusable) as error:
        failure = str(error)
        _fail(destination, NotAcknowledged(failure))
    else:
        LogboekPosition.objects.filter(name=destination.name).update(
            leased_until=None, failures=0, failure="", retry_at=None
        )
    watch_backlog(destination)
    return Sent(taken=taken, rejected=rejected, failure=failure)


def send_rejected(destination: Destination) -> Sent:
    """Offer the rejected ones once more: what is taken now, or was erased meanwhile, is laid aside no longer."""
    waiting = dict(LogboekRejection.objects.filter(destination=destination.name).values_list("entry_id", "pk"))
    records = Record.objects.filter(entry_id__in=waiting).order_by("entry_id")
    entries = [record.entry for record in records]
    refused: list[_Refused] = []
    failure = ""
    try:
        with _sending(destination) as send:
            for first in range(0, len(entries), MOST_SPANS):
                refused += _deliver(entries[first : first + MOST_SPANS], send).refused
    except (NotAcknowledged, SubjectKeyUnusable) as error:
        # What was taken before it is sent once more the next time.
        return Sent(failure=str(error))
    kept = {one.entry_id for one in refused}
    LogboekRejection.objects.filter(pk__in=[pk for entry_id, pk in waiting.items() if entry_id not in kept]).delete()
    watch_backlog(destination)
    return Sent(taken=len(entries) - len(kept), rejected=len(kept), failure=failure)


def backlog(destination: Destination) -> Backlog:
    """Tell how a destination stands."""
    position, _made = LogboekPosition.objects.get_or_create(name=destination.name)
    first = Leaf.objects.filter(index__gte=position.next_index).order_by("index").first()
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return Backlog(
        position=position,
        leaves=0 if last is None else max(0, last + 1 - position.next_index),
        oldest=made_at(first.entry_id) if first else None,
        rejected=LogboekRejection.objects.filter(destination=destination.name).count(),
    )


def watch_backlog(destination: Destination) -> None:
    """Raise the alarm where the backlog is older than the setting allows, or something was rejected; end it else."""
    stands = backlog(destination)
    late = stands.oldest is not None and timezone.now() - stands.oldest > settings.LDV_LONGEST_BACKLOG
    if late:
        raise_alarm(
            kind=BACKLOG,
            where=destination.name,
            explanation=f"{stands.leaves} leaves wait since {stands.oldest:%Y-%m-%d %H:%M} UTC for the collector of the"
            f" Logboek Dataverwerkingen; the last failure: {stands.position.failure or 'none'}. Nothing is lost: it is"
            " sent once the collector takes it. See: manage.py ldv status",
        )
    else:
        end_alarm(kind=BACKLOG, where=destination.name)
    if stands.rejected:
        raise_alarm(
            kind=REJECTED,
            where=destination.name,
            explanation=f"The collector rejected {stands.rejected} records for good. They are laid aside. Find out why"
            " there, and offer them again: manage.py ldv send --rejected",
        )
    else:
        end_alarm(kind=REJECTED, where=destination.name)


@dataclass(frozen=True, slots=True)
class _Step:
    """Leaves from `start` to before `end`, and the entries among them that go to the destination."""

    start: int
    end: int
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class _Refused:
    entry_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    refused: list[_Refused]


class _Sender:
    """Sends entries as spans to one collector."""

    def __init__(self, destination: Destination, collector: Collector, key: bytes) -> None:
        self._destination = destination
        self._collector = collector
        self._key = key

    def __call__(self, entries: Sequence[Entry]) -> tuple[int, str]:
        answered = self._collector.send(
            spans_of(
                entries,
                destination=self._destination.name,
                organisation=self._destination.organisation,
                key=self._key,
            )
        )
        return answered.rejected, answered.reason


@contextmanager
def _sending(destination: Destination) -> Iterator[_Sender]:
    key = read_subject_key(destination.subject_key_file)
    collector = Collector(destination)
    try:
        yield _Sender(destination, collector, key)
    finally:
        collector.close()


def _claim(name: str, *, at_once: bool) -> bool:
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    due = Q() if at_once else Q(retry_at=None) | Q(retry_at__lte=now)
    claimed = LogboekPosition.objects.filter(free, due, name=name).update(leased_until=now + LEASE)
    return bool(claimed)


def _step(destination: Destination) -> _Step | None:
    """Return the next leaves to pass, None where there are none. At most MOST_SPANS of their entries are to be sent."""
    start = LogboekPosition.objects.values_list("next_index", flat=True).get(name=destination.name)
    window = Leaf.objects.filter(index__gte=start, index__lt=start + WINDOW).order_by("index")
    leaves = dict(window.values_list("entry_id", "index"))
    if not leaves:
        return None
    records = Record.objects.filter(entry_id__in=leaves).exclude(subject="")
    if destination.organisation:
        records = records.of_organisations([destination.organisation])
    found = sorted(records, key=lambda record: leaves[record.entry_id])
    last = max(leaves.values())
    if len(found) > MOST_SPANS:
        found = found[:MOST_SPANS]
        last = leaves[found[-1].entry_id]
    return _Step(start, last + 1, [record.entry for record in found])


def _deliver(entries: Sequence[Entry], send: _Sender) -> _Outcome:
    """Send entries, in halves where the collector wants fewer, or to find out which of them it rejected.

    Halves are sent again whole: the ids are the same, so who has one already can tell.
    """
    if not entries:
        return _Outcome([])
    try:
        rejected, reason = send(entries)
    except NotAcknowledged as error:
        if not error.too_large or len(entries) == 1:
            raise
        rejected, reason = None, ""
    if rejected == 0:
        return _Outcome([])
    if rejected == len(entries):
        return _Outcome([_Refused(entry.id, reason) for entry in entries])
    half = len(entries) // 2
    return _Outcome(_deliver(entries[:half], send).refused + _deliver(entries[half:], send).refused)


def _room_for(destination: Destination, refused: list[_Refused]) -> list[_Refused]:
    if not refused:
        return refused
    aside = LogboekRejection.objects.filter(destination=destination.name).count()
    if aside + len(refused) > MOST_REJECTED:
        raise TooManyRejected(f"rejects too much: {refused[0].reason or 'without a word'}")
    return refused


def _advance(destination: Destination, step: _Step, refused: list[_Refused]) -> bool:
    """Move the position over a step. False where another worker has done so: then nothing of this one counts."""
    now = timezone.now()
    LogboekRejection.objects.bulk_create(
        [
            LogboekRejection(destination=destination.name, entry_id=one.entry_id, reason=one.reason, at=now)
            for one in refused
        ],
        ignore_conflicts=True,
    )
    moved = LogboekPosition.objects.filter(name=destination.name, next_index=step.start).update(
        next_index=step.end,
        sent=F("sent") + len(step.entries) - len(refused),
        leased_until=now + LEASE,
        acknowledged_at=now,
        failures=0,
        failure="",
    )
    return bool(moved)


def _fail(destination: Destination, error: NotAcknowledged) -> None:
    position = LogboekPosition.objects.get(name=destination.name)
    wait = min(timedelta(seconds=2 ** min(position.failures, 10)), LONGEST_BACKOFF)
    # Not all services that lost one collector come back to it in the same second.
    wait *= random.uniform(0.5, 1)  # noqa: S311 guards no secret
    LogboekPosition.objects.filter(name=destination.name).update(
        failures=F("failures") + 1,
        failure=str(error),
        retry_at=timezone.now() + max(wait, error.retry_after or timedelta(0)),
        leased_until=None,
    )
    logger.warning("the collector %s did not take the log: %s", destination.name, error)
