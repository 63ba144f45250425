"""Case: data is read for this one case only (ODRL 2.2 event)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """The number of the case, as the organisation writes it in its requests."""

    name: ClassVar[str] = "case"
    code: ClassVar[str] = "case"
    number: str

    @classmethod
    def parse(cls, value: Any) -> Self:
        if (
            not isinstance(value, str)
            or not 1 <= len(value) <= 100
            or not value.isprintable()
            or value != value.strip()
        ):
            raise ValueError(_("Give a case number of at most 100 visible characters."))
        return cls(value)

    def dump(self) -> str:
        return self.number

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        return []

    def within(self, wider: Self) -> bool:
        return self.number == wider.number

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, ask.case == self.number, {"case": self.number})
