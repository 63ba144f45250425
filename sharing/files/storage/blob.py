from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Blob:
    """A finished blob: its name, and since when it is there."""

    name: str
    written_at: datetime
