"""What a recipient asks, as the terms of a consent look at it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ask:
    """One access: which fields, who receives them, when.

    `fields` are full names (dataset#pointer); `oin`, `department` and `role` name the recipient;
    `now` is aware; `uses_taken` is how often the consent was used before this access.
    """

    fields: tuple[str, ...]
    oin: str
    department: str
    role: str
    case: str
    now: datetime
    uses_taken: int
