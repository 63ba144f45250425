"""Valid until: a consent always ends (ODRL 2.2 dateTime)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.terms.moment import dump_moment, parse_moment
from consent.until import until_in_words
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ValidUntil:
    """The moment, aware, from which nothing is shared any more."""

    name: ClassVar[str] = "validUntil"
    code: ClassVar[str] = "valid-until"
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
        if self.moment <= bounds.now:
            return [FieldError("/terms/validUntil", "end-before-start", _("The end must be in the future."))]
        faults = []
        if self.moment > bounds.now + bounds.longest_validity:
            detail = _("The end is too far away: the longest time for this purpose is %(days)d days.") % {
                "days": bounds.longest_validity.days
            }
            faults.append(FieldError("/terms/validUntil", "end-too-late", detail))
        if bounds.latest_end is not None and self.moment > bounds.latest_end:
            detail = _("The end is too far away: here a consent lasts at most %(until)s.") % {
                "until": until_in_words(bounds.latest_end)
            }
            faults.append(FieldError("/terms/validUntil", "end-after-latest", detail))
        return faults

    def within(self, wider: Self) -> bool:
        return self.moment <= wider.moment

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, ask.now < self.moment, {"until": self.written})
