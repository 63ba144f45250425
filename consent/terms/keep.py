"""Keep: the recipient deletes the data after this many days (ODRL 2.2 delete with delayPeriod)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict

MOST = 36_500


@dataclass(frozen=True, slots=True)
class Keep:
    """The days after an access in which the recipient may have the data. It is a duty, and refuses nothing."""

    name: ClassVar[str] = "keep"
    code: ClassVar[str] = "keep"
    days: int

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, dict) or set(value) != {"days"}:
            raise ValueError(_("Give the number of days that the data may be kept."))
        days = value["days"]
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST:
            raise ValueError(_("Give a whole number of days from 1 to %(most)d.") % {"most": MOST})
        return cls(days)

    def dump(self) -> dict[str, int]:
        return {"days": self.days}

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        if timedelta(days=self.days) <= bounds.longest_keep:
            return []
        detail = _("For this purpose data is kept for at most %(days)d days.") % {"days": bounds.longest_keep.days}
        return [FieldError("/terms/keep", "kept-too-long", detail)]

    def within(self, wider: Self) -> bool:
        return self.days <= wider.days

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, True, {"days": self.days})
