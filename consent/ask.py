"""What a recipient asks, as the terms of a consent look at it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ask:
    """One access: which fields, who receives them, when.

    `fields` are full names (dataset#pointer); `oin`, `department` and `role` name the recipient; `now` is aware;
    `uses_taken` is how often the consent was used before this access, `period_uses` how often of that since
    `period_started_at`. `place` is the H3 cell that the access is about, empty for none; `approved` says that the
    citizen allowed this very access; `aggregate` that it gives counts and no row; `deferred` that the citizen is to
    hear of it on a later day.
    """

    fields: tuple[str, ...]
    oin: str
    department: str
    role: str
    case: str
    now: datetime
    uses_taken: int
    place: str = ""
    period_started_at: datetime | None = None
    period_uses: int = 0
    approved: bool = False
    aggregate: bool = False
    deferred: bool = False
