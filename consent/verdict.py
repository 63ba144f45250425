"""What one condition of a decision found."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition's code, whether it holds, and the values a sentence about it needs (JSON-safe)."""

    code: str
    holds: bool
    params: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return {code, holds, params}, the form in which the log and the API carry it."""
        return {"code": self.code, "holds": self.holds, "params": self.params}
