"""What one condition of a decision found."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Verdict(NamedTuple):
    """A condition's code, whether it holds, and the values a sentence about it needs (JSON-safe).

    A tuple, because every access makes a dozen of them.
    """

    code: str
    holds: bool
    params: Mapping[str, Any] = _NOTHING

    def as_dict(self) -> dict[str, Any]:
        """Return {code, holds, params}, the form in which the log and the API carry it."""
        return {"code": self.code, "holds": self.holds, "params": dict(self.params)}
