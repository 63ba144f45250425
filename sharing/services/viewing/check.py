"""May this file be viewed now? The decision on the release that it belongs to, made once more.

The same judge as of the release itself: a pause, a withdrawal, a window or a retired purpose stops a viewing as it
would have stopped the release.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from consent.actor import Actor
from consent.decision import Decision, decide
from consent.verdict import Verdict
from sharing.errors import ReleasedFileNotFound
from sharing.released_file import ReleasedFile
from sharing.services.release import decision_input
from sharing.standing import Standing, read_standing


@dataclass(frozen=True, slots=True)
class ViewingCheck:
    """A decision on one viewing, with what it was made on. `standing` speaks of the file's own field alone."""

    standing: Standing
    decision: Decision


def check_viewing(found: ReleasedFile, actor: Actor, now: datetime) -> ViewingCheck:
    """Read in one statement how the release stands, and decide whether its file may be viewed at `now`."""
    standing = read_standing(
        request_id=found.request_id, organisation_id=actor.organisation_id, idempotency_key=found.idempotency_key
    )
    if standing is None or standing.earlier is None:
        raise ReleasedFileNotFound
    earlier, consent = standing.earlier, standing.consent
    # Viewing is part of the use that the release took. How long that may go on is judged below, by its own verdicts.
    standing = replace(
        standing,
        fields=(found.name,),
        earlier=replace(earlier, deleted=False, released_at=now),
        copies=(),
    )
    if consent is not None and consent.id != found.consent_id:
        # What the citizen says to a newer question is no word on this release.
        standing = replace(standing, consent=None)
    grant, purpose, ask = decision_input(standing, actor, now)
    judged = decide(grant, purpose, ask)
    until = viewed_until(earlier.released_at, earlier.delete_before)
    verdicts = (
        *judged.verdicts,
        Verdict("viewing-time", now < until, {"until": until.isoformat()}),
        Verdict("not-deleted", not earlier.deleted),
    )
    return ViewingCheck(standing, Decision(all(verdict.holds for verdict in verdicts), verdicts))


def viewed_until(released_at: datetime, delete_before: datetime | None) -> datetime:
    """Return until when what was released at `released_at` can be viewed: never longer than it may be kept."""
    until: datetime = released_at + settings.FILE_VIEWING_TIME
    return until if delete_before is None else min(until, delete_before)
