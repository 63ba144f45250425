"""What a purpose version allows at the most: the widest terms that a citizen can be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a purpose version; `fields` are full names, `recipients` OINs, `most_uses` None for no limit.

    `departments` are those of each recipient, {OIN: names}; `area_cells` the H3 cells of the controller's areas;
    `answers` the derivations that a field can be answered by, {field: names}; `answers_only` the one that the purpose
    asks instead of the value, {field: name}; `longest_keep` the purpose's retention; `latest_end` the end of the pilot
    or of the mandate, None for neither.
    """

    fields: frozenset[str]
    required_fields: frozenset[str]
    recipients: frozenset[str]
    longest_validity: timedelta
    most_uses: int | None
    now: datetime
    departments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    area_cells: frozenset[str] = frozenset()
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    answers_only: Mapping[str, str] = field(default_factory=dict)
    longest_keep: timedelta = timedelta(0)
    latest_end: datetime | None = None
