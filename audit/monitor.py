"""Whether the log keeps its promise: every entry under a signed checkpoint within the promised delay."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.models import Checkpoint, Pending


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHealth:
    """`oldest_pending` is how long the oldest entry without a place has waited, None if none waits.

    `size` and `signed_at` are those of the newest checkpoint, 0 and None before the first.
    """

    oldest_pending: timedelta | None
    promised_delay: timedelta
    size: int
    signed_at: datetime | None

    @property
    def keeps_promise(self) -> bool:
        return self.oldest_pending is None or self.oldest_pending <= self.promised_delay


def log_health(*, now: datetime) -> LogHealth:
    oldest = Pending.objects.order_by("entry_id").values_list("entry_id", flat=True).first()
    newest = Checkpoint.objects.newest_first().first()
    return LogHealth(
        oldest_pending=None if oldest is None else now - made_at(oldest),
        promised_delay=settings.LOG_PROMISED_DELAY,
        size=newest.size if newest else 0,
        signed_at=newest.at if newest else None,
    )


def made_at(entry_id: UUID) -> datetime:
    """Read the moment an id was made from the id itself (UUIDv7, RFC 9562 §5.7), to the millisecond.

    Not the time that the entry speaks of: an entry may tell of something that happened earlier.
    """
    return datetime.fromtimestamp((entry_id.int >> 80) / 1000, tz=UTC)
