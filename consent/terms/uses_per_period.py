"""Uses per period: how often the data may be read a day, week, month or year (ODRL 2.2 count and timeInterval)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.terms.calendar import PERIODS, period_start
from consent.verdict import Verdict

# The periods that each period lies in as a whole: a week may lie in two months, and in two years.
_PARTS_OF = {
    "day": ("day", "week", "month", "year"),
    "week": ("week",),
    "month": ("month", "year"),
    "year": ("year",),
}


@dataclass(frozen=True, slots=True)
class UsesPerPeriod:
    """The number of accesses in one calendar period, by the clock of the Netherlands."""

    name: ClassVar[str] = "usesPerPeriod"
    code: ClassVar[str] = "uses-per-period"
    limit: int
    period: str

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, dict) or set(value) != {"limit", "period"}:
            raise ValueError(_("Give how many uses, and in which period."))
        limit, period = value["limit"], value["period"]
        if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= 1_000_000:
            raise ValueError(_("Give a whole number from 1 to 1,000,000."))
        if period not in PERIODS:
            raise ValueError(_("Choose a day, a week, a month or a year as the period."))
        return cls(limit, period)

    def dump(self) -> dict[str, Any]:
        return {"limit": self.limit, "period": self.period}

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        if bounds.most_uses is not None and self.limit > bounds.most_uses:
            detail = _("This purpose needs at most %(most)d uses.") % {"most": bounds.most_uses}
            return [FieldError("/terms/usesPerPeriod", "too-many-uses", detail)]
        return []

    def within(self, wider: Self) -> bool:
        return self.limit <= wider.limit and self.period in _PARTS_OF[wider.period]

    def period_start(self, now: datetime) -> datetime:
        """Return when the period that `now` lies in began, in UTC."""
        return period_start(self.period, now)

    def taken(self, ask: Ask) -> int:
        """Return the uses in the period of `ask`: those counted earlier are over when a new period began."""
        counted = ask.period_started_at is not None and ask.period_started_at >= self.period_start(ask.now)
        return ask.period_uses if counted else 0

    def verdict(self, ask: Ask) -> Verdict:
        taken = self.taken(ask)
        params = {"limit": self.limit, "taken": taken, "period": self.period}
        return Verdict(self.code, taken < self.limit, params)
