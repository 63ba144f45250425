"""Valid until: a consent always ends (ODRL 2.2 dateTime)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ValidUntil:
    """The moment, aware, from which nothing is shared any more."""

    name: ClassVar[str] = "validUntil"
    code: ClassVar[str] = "valid-until"
    moment: datetime

    @classmethod
    def parse(cls, value: Any) -> Self:
        if isinstance(value, datetime):
            moment = value
        else:
            try:
                moment = datetime.fromisoformat(value)
            except (TypeError, ValueError):
                raise ValueError(_("Give a date and time, such as 2027-01-31T12:00:00+01:00.")) from None
        if moment.tzinfo is None:
            raise ValueError(_("Give the time zone with the date and time."))
        try:
            return cls(moment.astimezone(UTC))
        except OverflowError:
            raise ValueError(_("Give a date that the calendar has.")) from None

    def dump(self) -> str:
        return self.moment.isoformat().replace("+00:00", "Z")

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        if self.moment <= bounds.now:
            return [FieldError("/terms/validUntil", "end-before-start", _("The end must be in the future."))]
        if self.moment > bounds.now + bounds.longest_validity:
            detail = _("The end is too far away: the longest time for this purpose is %(days)d days.") % {
                "days": bounds.longest_validity.days
            }
            return [FieldError("/terms/validUntil", "end-too-late", detail)]
        return []

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, ask.now < self.moment, {"until": self.dump()})
