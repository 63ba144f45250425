"""A stretch: the next few MiB of a file, allowed before the first byte of them leaves.

The decision reads without a lock. What it was made on is then pinned by the consent's `version`, in one short
transaction that also writes the viewing, so that a withdrawal comes wholly before it, and refuses it, or wholly after.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import DomainError
from audit.services.append import append_entry
from consent.actor import Actor
from consent.decision import Decision
from consent.models import Consent
from consent.still_acts import still_acts
from consent.verdict import Verdict
from sharing.errors import ConsentBusy, ReleasedFileNotFound, ViewingStopped
from sharing.files.chunked import SealedReader
from sharing.models import Viewing
from sharing.released_file import ReleasedFile, find_released_file
from sharing.services.viewing.check import ViewingCheck, check_viewing
from sharing.services.viewing.end import was_just_stopped
from sharing.services.viewing.entries import viewing_started
from sharing.services.viewing.open_bytes import open_bytes
from sharing.standing import StandingConsent

# A consent changes by a citizen's hand; that one changes this often within one request is a fault, not a race.
_ATTEMPTS = 10


class StretchRefused(Exception):
    """The decision says no. What comes of that, and what the log says of it, is for who asked."""

    def __init__(self, check: ViewingCheck, at: datetime) -> None:
        super().__init__(check.decision.reason)
        self.check = check
        self.at = at


class ViewingIsOver(Exception):
    """The viewing was ended meanwhile, by who looks or because nothing was heard of it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A viewing that runs, and a reader of what may leave now."""

    viewing_id: UUID
    reader: SealedReader


def first_stretch(found: ReleasedFile, actor: Actor, *, still: bool, plays: bool) -> Stretch:
    """Start the viewing of a file, or go on with the one that runs, with one stream more.

    The entry of a start is durable when this returns. Raises StretchRefused; ConsentBusy; LogNotWritable;
    ViewingStopped for what a player asks just after its viewer said to be done; or, after an entry with the outcome
    "failed", what kept the bytes closed.
    """

    def start(found: ReleasedFile, check: ViewingCheck, now: datetime) -> UUID:
        running = Viewing.objects.running().filter(release_id=found.release_id, file_id=found.file.pk)
        if running.update(streams=F("streams") + 1, last_seen_at=now):
            viewing_id: UUID = running.values_list("pk", flat=True).get()
            return viewing_id
        if plays and was_just_stopped(release_id=found.release_id, file_id=found.file.pk):
            raise ViewingStopped
        entry = append_entry(viewing_started("allowed", found, check, actor, now))
        viewing = Viewing.objects.create(
            release_id=found.release_id,
            file_id=found.file.pk,
            streams=1,
            started_at=now,
            last_seen_at=now,
            start_entry=entry.id,
        )
        return viewing.pk

    return _take(found, actor, start, still=still)


def next_stretch(found: ReleasedFile, actor: Actor, viewing_id: UUID, *, still: bool, left: int) -> SealedReader:
    """Decide anew and open the keys anew, for a stream of which `left` bytes more have gone since the last time.

    Raises as `first_stretch`, and ViewingIsOver. Refuses too who no longer has the role in which the stream began:
    the session or token that showed it was asked for only then.
    """

    def go_on(found: ReleasedFile, check: ViewingCheck, now: datetime) -> UUID:
        running = Viewing.objects.running().filter(pk=viewing_id)
        if not running.update(bytes_read=F("bytes_read") + left, last_seen_at=now):
            raise ViewingIsOver
        return viewing_id

    found = _anew(found, actor)
    if not still_acts(actor):
        now = timezone.now()
        check = check_viewing(found, actor, now)
        verdicts = (*check.decision.verdicts, Verdict("still-acts", False))
        raise StretchRefused(replace(check, decision=Decision(False, verdicts)), now)
    return _take(found, actor, go_on, still=still).reader


def refuse_first(found: ReleasedFile, actor: Actor, refused: StretchRefused) -> UUID:
    """Log that a viewing was not started; return the id of the entry."""
    return append_entry(viewing_started("refused", found, refused.check, actor, refused.at)).id


def _take(
    found: ReleasedFile, actor: Actor, write: Callable[[ReleasedFile, ViewingCheck, datetime], UUID], *, still: bool
) -> Stretch:
    """Decide, open, and `write` what the database is to know, if the consent is still what was decided on."""
    for _attempt in range(_ATTEMPTS):
        now = timezone.now()
        check = check_viewing(found, actor, now)
        consent = check.standing.consent
        if not check.decision.allowed or consent is None:
            raise StretchRefused(check, now)
        reader = _open(found, consent, check, actor, now, still=still)
        try:
            with transaction.atomic():
                if _stands_as_read(consent):
                    return Stretch(write(found, check, now), reader)
        except BaseException:
            reader.close()
            raise
        reader.close()
        found = _anew(found, actor)
    raise ConsentBusy(_("Try again in a moment."))


def _stands_as_read(consent: StandingConsent) -> bool:
    """Lock the consent, if it is still the version that was decided on. Who waits for the lock waits in a queue, so
    that those who look do not starve a withdrawal."""
    same = Consent.objects.given().filter(pk=consent.id, version=consent.version)
    return same.select_for_update(no_key=True).values_list("pk", flat=True).first() is not None


def _open(
    found: ReleasedFile, consent: StandingConsent, check: ViewingCheck, actor: Actor, now: datetime, *, still: bool
) -> SealedReader:
    try:
        return open_bytes(found, consent, still=still)
    except DomainError as error:
        # Not a decision of anybody's, but somebody did ask: the log says so before the caller hears of it.
        entry = viewing_started("failed", found, check, actor, now, reason=error.code)
        logged = append_entry(entry)
        error.entry_id, error.promise = logged.id, logged.promise()
        raise


def _anew(found: ReleasedFile, actor: Actor) -> ReleasedFile:
    """Read again under which key the file is shared. One that is no longer shared is refused by the decision."""
    try:
        return find_released_file(actor=actor, release_id=found.release_id, file_id=found.file.pk)
    except ReleasedFileNotFound:
        return found
