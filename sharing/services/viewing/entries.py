"""What the log says of a viewing: one entry when it starts, and a related one when it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from uuid_utils.compat import uuid7

from audit.entry import Entry, Outcome
from audit.models import Record
from audit.trace import fsc_transaction_id_for_entry, span_id_for_entry, trace_id_for_entry
from consent.actor import Actor
from consent.verdict import Verdict
from sharing import actions
from sharing.models import StoredFile, Viewing
from sharing.release_entry import release_entry
from sharing.released_file import ReleasedFile
from sharing.services.viewing.check import ViewingCheck


def viewing_started(
    outcome: Outcome, found: ReleasedFile, check: ViewingCheck, actor: Actor, now: datetime, *, reason: str = ""
) -> Entry:
    """Return the entry of a viewing that starts, or that was refused or failed; it is related to the release's."""
    return release_entry(
        actions.VIEWING_STARTED,
        outcome,
        check.standing,
        actor,
        check.decision,
        now,
        reason=reason,
        release=found.release_id,
        related=found.entry_id,
        details=_of_file(found.file),
    )


def viewing_ended(viewing: Viewing, *, at: datetime, verdicts: Iterable[Verdict] = ()) -> Entry:
    """Return the entry of the end of `viewing`, which was loaded with its file; it is related to that of the start.

    Who looked, under what, stands in the entry of the start, and is said again. Where that was erased, nothing of it
    comes back. `verdicts` are those of the decision that cut it off.
    """
    said = tuple(verdicts)
    record = Record.objects.filter(entry_id=viewing.start_entry).first()
    start = (
        Entry(action=actions.VIEWING_STARTED.name, outcome="allowed")
        if record is None
        else replace(record.entry, user_sealed=bytes(record.user_sealed))
    )
    details: dict[str, Any] = {**_of_file(viewing.file), "bytesRead": viewing.bytes_read, "end": viewing.end}
    # The end would tell of a beginning that the citizen does not see yet.
    details |= start.kept_back
    if viewing.streams or viewing.end == Viewing.End.UNKNOWN:
        # Something is on its way still, or was when its process died.
        details["moreMayHaveLeft"] = True
    return replace(
        start,
        id=uuid7(),
        action=actions.VIEWING_ENDED.name,
        outcome="refused" if viewing.end == Viewing.End.REFUSED else "allowed",
        reason=next((verdict.code for verdict in said if not verdict.holds), ""),
        at=at,
        release=viewing.release_id,
        related=viewing.start_entry,
        verdicts=tuple(verdict.as_dict() for verdict in said),
        trace_id=trace_id_for_entry(),
        span_id=span_id_for_entry(),
        parent_span_id=None,
        fsc_transaction_id=fsc_transaction_id_for_entry(),
        details=details,
    )


def _of_file(file: StoredFile) -> Mapping[str, Any]:
    return {"file": str(file.pk), "mediaType": file.media_type, "size": file.size}
