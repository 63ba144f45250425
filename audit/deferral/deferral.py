"""What keeps an entry from its citizen for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.entry import kept_back


@dataclass(frozen=True, slots=True)
class Deferral:
    """An approved deferral by its id, and the moment when it ends."""

    id: UUID
    until: datetime

    def holds(self, now: datetime) -> bool:
        return now < self.until

    @property
    def details(self) -> Mapping[str, Any]:
        """Return what an entry says in its details to be kept back."""
        return kept_back(self.id, self.until)
