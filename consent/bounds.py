"""What a purpose version allows at the most: the widest terms that a citizen can be asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a purpose version; `fields` are full names, `recipients` OINs, `most_uses` None for no limit."""

    fields: frozenset[str]
    required_fields: frozenset[str]
    recipients: frozenset[str]
    longest_validity: timedelta
    most_uses: int | None
    now: datetime
