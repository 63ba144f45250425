"""One use of a consent, as it was decided."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A release to count, with what the decision read and with what it brings along.

    `version` and the limits are those that the decision read: `period_started_at` is when the calendar period that
    `at` lies in began, None without a limit a period. `approval_id` is the approval that lets this access through,
    `delete_before` when the recipient must have deleted what it gets, `tells_citizen` that the citizen gets a message.
    """

    release_id: UUID
    request_id: UUID
    organisation_id: UUID
    actor_id: UUID
    idempotency_key: str
    consent_id: UUID
    version: int
    uses_limit: int | None
    period_limit: int | None = None
    period_started_at: datetime | None = None
    at: datetime
    approval_id: UUID | None = None
    delete_before: datetime | None = None
    tells_citizen: bool = False

    @property
    def brings_more(self) -> bool:
        """Tell whether more is to be stored than the release and its entry."""
        return self.approval_id is not None or self.delete_before is not None or self.tells_citizen
