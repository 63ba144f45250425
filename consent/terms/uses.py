"""Uses: how often the data may be read in all (ODRL 2.2 count)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Uses:
    """The number of accesses after which the consent is used up."""

    name: ClassVar[str] = "uses"
    code: ClassVar[str] = "uses"
    limit: int

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1_000_000:
            raise ValueError(_("Give a whole number from 1 to 1,000,000."))
        return cls(value)

    def dump(self) -> int:
        return self.limit

    def within(self, wider: Self) -> bool:
        return self.limit <= wider.limit

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        if bounds.most_uses is not None and self.limit > bounds.most_uses:
            detail = _("This purpose needs at most %(most)d uses.") % {"most": bounds.most_uses}
            return [FieldError("/terms/uses", "too-many-uses", detail)]
        return []

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, ask.uses_taken < self.limit, {"limit": self.limit, "taken": ask.uses_taken})
