"""Valid from: nothing is shared before this moment (ODRL 2.2 dateTime)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.terms.moment import dump_moment, parse_moment
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ValidFrom:
    """The moment, aware, from which data is shared. That it comes before the end is seen with the other terms."""

    name: ClassVar[str] = "validFrom"
    code: ClassVar[str] = "valid-from"
    moment: datetime
    written: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "written", dump_moment(self.moment))

    @classmethod
    def parse(cls, value: Any) -> Self:
        return cls(parse_moment(value))

    def dump(self) -> str:
        return self.written

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        return []

    def within(self, wider: Self) -> bool:
        return self.moment >= wider.moment

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, ask.now >= self.moment, {"from": self.written})
