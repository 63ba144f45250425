"""How far a verification has come: enough to go on later, in another process, as if it had never stopped."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, get_args
from uuid import UUID

from audit.tree.merkle import CompactRange

Stage = Literal["leaves", "entries", "records", "pending", "done"]
"""What is checked, in this order: the tree with all that it was made from, then what stands beside it."""

STAGES: tuple[Stage, ...] = get_args(Stage)


class NotAPart(ValueError):
    """The text is not what `to_json` writes."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """How much was recomputed. `erased` entries have no record any more: their proofs still hold, and what they said
    is gone by rule."""

    leaves: int = 0
    tiles: int = 0
    checkpoints: int = 0
    erased: int = 0
    pending: int = 0
    timestamps: int = 0


@dataclass(slots=True, kw_only=True)
class VerifiedPart:
    """Everything before `stage` is checked, and of it what comes before `tree.size` or up to the id `after`.

    `since` is the least id that is looked at beside the tree; None for all.
    """

    stage: Stage = "leaves"
    tree: CompactRange = field(default_factory=CompactRange)
    after: UUID | None = None
    since: UUID | None = None
    counts: Counts = field(default_factory=Counts)

    def next_stage(self) -> None:
        self.stage, self.after = STAGES[STAGES.index(self.stage) + 1], None

    def to_json(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "size": self.tree.size,
            "frontier": self.tree.to_bytes().hex(),
            "after": _text(self.after),
            "since": _text(self.since),
            "counts": asdict(self.counts),
        }

    @classmethod
    def from_json(cls, read: Any) -> Self:
        """Read what `to_json` wrote, or raise NotAPart."""
        try:
            if read["stage"] not in STAGES:
                raise NotAPart(f"there is no stage {read['stage']!r}")
            return cls(
                stage=read["stage"],
                tree=CompactRange.from_bytes(int(read["size"]), bytes.fromhex(read["frontier"])),
                after=_id(read["after"]),
                since=_id(read["since"]),
                counts=Counts(**{name: int(number) for name, number in read["counts"].items()}),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotAPart(f"this is not how far a verification had come: {error}") from error

    @classmethod
    def read(cls, text: str) -> Self:
        try:
            return cls.from_json(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise NotAPart(str(error)) from error


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _id(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
