"""Steps, what they expect, and how they fail."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from deploy.demonstration.tour.journey import Journey


class StepFailed(Exception):
    """Something did not come back as it must."""

    def __init__(self, *, expected: str, received: str) -> None:
        super().__init__(f"expected {expected}, received {received}")
        self.expected = expected
        self.received = received


@dataclass(frozen=True, slots=True)
class Step:
    """`title` says what is done; `take` does it and returns what came back, in one line."""

    title: str
    take: Callable[[Journey], str]


def expect_equal(what: str, expected: Any, received: Any) -> None:
    if received != expected:
        raise StepFailed(expected=f"{what} {expected!r}", received=f"{received!r}")


def expect(what: str, holds: bool, received: Any) -> None:
    """Fail unless `holds`; `what` says what must be, `received` what is."""
    if not holds:
        raise StepFailed(expected=what, received=f"{received!r}")


def expect_same_names(what: str, expected: Collection[str], received: Iterable[str]) -> None:
    """Fail unless the names are the same, in any order; the failure says which are missing and which too many."""
    found = list(received)
    missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing or extra or len(found) != len(expected):
        raise StepFailed(
            expected=f"{what} {', '.join(sorted(expected))}",
            received=f"missing {', '.join(missing) or 'none'}; too many {', '.join(extra) or 'none'}",
        )
