"""Verify the whole log in the background, because an auditor asked for it in a page.

The work is cut into stretches of some minutes, each a task of its own: a task may not last longer, and a worker may be
stopped. What came of it is an entry, related to the one that says who asked.
"""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actions import LOG_VERIFIED
from audit.entry import Entry
from audit.entry_of_viewer import entry_of
from audit.errors import Conflict
from audit.models import LogHead, Record, VerificationRun
from audit.people import Viewer
from audit.services.append import append_entry
from audit.services.verify import Verification, verify_log
from audit.signing.log_key import load_verifier
from audit.verification.verified_part import VerifiedPart

# Well within the time that a task may take.
STRETCH_SECONDS = 240.0
SAVES_EVERY_SECONDS = 1.0
# Longer than a batch ever takes: nobody works on a run that was not touched for so long.
FORSAKEN_AFTER = timedelta(minutes=2)


class VerificationRunning(Conflict):
    """A verification runs already; its result is there for everybody."""

    code = "verification-running"
    title = _("The log is being verified already")


class _StretchDone(Exception):
    """The time of this task is up."""


class _TakenOver(Exception):
    """Another worker goes on with this run, or ended it."""


@transaction.atomic
def ask_verification(*, viewer: Viewer) -> VerificationRun:
    """Note that somebody wants the whole log verified, and log it. Raise VerificationRunning."""
    now = timezone.now()
    size = LogHead.objects.values_list("size", flat=True).first() or 0
    logged = append_entry(
        entry_of(
            viewer,
            LOG_VERIFIED,
            details={"asked": True, "leaves": size},
        )
    )
    try:
        with transaction.atomic():
            return VerificationRun.objects.create(asked_at=now, asked_entry=logged.id, leaves=size, seen_at=now)
    except IntegrityError as error:
        raise VerificationRunning from error


def verify_further(run_id: UUID) -> bool:
    """Go on with a run for a stretch; return whether there is nothing left to do for it."""
    run = VerificationRun.objects.unfinished().filter(pk=run_id).first()
    if run is None:
        return True
    part = VerifiedPart.from_json(run.part) if run.part else VerifiedPart()
    keeper = _Keeper(run)
    try:
        found = verify_log(verifier=load_verifier(), part=part, keep=keeper.keep)
    except _StretchDone:
        return False
    except _TakenOver:
        return True
    _end(run, found)
    return True


def forsaken() -> list[UUID]:
    """Return the runs that nobody works on any more."""
    left = VerificationRun.objects.unfinished().filter(seen_at__lt=timezone.now() - FORSAKEN_AFTER)
    return list(left.values_list("pk", flat=True))


class _Keeper:
    """Writes down how far a run is. By comparing and setting, so that of two workers one goes on."""

    def __init__(self, run: VerificationRun) -> None:
        self.run = run
        self.ends = time.monotonic() + STRETCH_SECONDS
        self.saves = time.monotonic() + SAVES_EVERY_SECONDS

    def keep(self, part: VerifiedPart) -> None:
        now = time.monotonic()
        if now < self.saves and now < self.ends:
            return
        self._save(part.to_json())
        self.saves = now + SAVES_EVERY_SECONDS
        if now >= self.ends:
            raise _StretchDone

    def _save(self, part: dict[str, Any]) -> None:
        seen_at = timezone.now()
        mine = VerificationRun.objects.unfinished().filter(pk=self.run.pk, seen_at=self.run.seen_at)
        if not mine.update(part=part, seen_at=seen_at):
            raise _TakenOver
        self.run.part, self.run.seen_at = part, seen_at


@transaction.atomic
def _end(run: VerificationRun, found: Verification) -> None:
    """Keep the result, and log it as what came of the asking."""
    discrepancy = found.discrepancy
    ended = VerificationRun.objects.unfinished().filter(pk=run.pk)
    if not ended.update(
        ended_at=timezone.now(),
        counts={
            "leaves": found.leaves,
            "tiles": found.tiles,
            "checkpoints": found.checkpoints,
            "erased": found.erased,
            "pending": found.pending,
        },
        discrepancy={}
        if discrepancy is None
        else {"kind": discrepancy.kind, "where": discrepancy.where, "explanation": discrepancy.explanation},
    ):
        return
    asked = Record.objects.filter(entry_id=run.asked_entry).first()
    append_entry(
        Entry(
            action=LOG_VERIFIED.name,
            outcome="allowed",
            organisation=asked.organisation if asked else "",
            role=asked.role if asked else "",
            related=run.asked_entry,
            details={
                "leaves": found.leaves,
                "holds": discrepancy is None,
                "discrepancy": discrepancy.kind if discrepancy else "",
            },
        )
    )
