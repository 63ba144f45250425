"""Whether the log keeps its promise: every entry under a signed checkpoint within the promised delay."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from audit.fork_guard.refusals import REFUSAL_KINDS
from audit.models import Alarm, Checkpoint
from audit.monitor.waiting import waiting_rows
from audit.signing.promise import made_at

# What looks at the health of the log must not cost more the worse it is. A row that can get no place stays, so it
# comes to stand among the first.
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHealth:
    """`oldest_pending` is how long the oldest entry that can get a place has waited for it, None if none waits.

    `unplaceable` counts the rows among the first MOST_ROWS that contradict the log and never get a place.
    `size` and `signed_at` are those of the newest checkpoint, 0 and None before the first. `refusal` says why the
    sequencer signs nothing any more, in English; "" while it does.
    """

    oldest_pending: timedelta | None
    unplaceable: int
    promised_delay: timedelta
    size: int
    signed_at: datetime | None
    refusal: str = ""

    @property
    def keeps_promise(self) -> bool:
        in_time = self.oldest_pending is None or self.oldest_pending <= self.promised_delay
        return in_time and not self.unplaceable and not self.refusal

    @property
    def oldest_pending_seconds(self) -> int | None:
        return None if self.oldest_pending is None else int(self.oldest_pending.total_seconds())


def log_health(*, now: datetime) -> LogHealth:
    rows = waiting_rows(limit=MOST_ROWS)
    oldest = next((row for row in rows if row.is_placeable), None)
    newest = Checkpoint.objects.newest_first().first()
    refusal = Alarm.objects.going().filter(kind__in=REFUSAL_KINDS).newest_first().first()
    return LogHealth(
        # The clock of another machine may be ahead.
        oldest_pending=None if oldest is None else max(timedelta(0), now - made_at(oldest.entry_id)),
        unplaceable=sum(not row.is_placeable for row in rows),
        promised_delay=settings.LOG_PROMISED_DELAY,
        size=newest.size if newest else 0,
        signed_at=newest.at if newest else None,
        refusal=refusal.explanation if refusal else "",
    )
