"""The kinds of unusual pattern that are searched for: what each looks at, and what an auditor can tune."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.actions import names_counted_as
from audit.errors import FieldError, Text
from audit.search.filters import ACCESSES

QUIET_DAYS = "quietDays"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A whole number that an auditor sets, and between which bounds."""

    title: Text
    usual: int
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of pattern: `least` entries (or employees) within a span of time.

    `sentence` says the rule with its values. `narrowed_to` are the filters of the entries that it looks at; `span`
    names the parameter of the time and `unit` what one of it is. It is counted apart for each `by`: employee (the
    sealed name), subject, or both; `distinct` counts employees and not entries.
    """

    name: str
    title: Text
    sentence: Text
    narrowed_to: Mapping[str, Any]
    parameters: Mapping[str, Parameter]
    span: str
    unit: timedelta
    by_employee: bool = True
    by_subject: bool = False
    distinct: bool = False
    related_only: bool = False

    def looks_at(self, action: str, outcome: str) -> bool:
        """Tell whether an entry is of those that this pattern is made of."""
        if outcome != self.narrowed_to["outcome"]:
            return False
        return self.narrowed_to.get("action") != ACCESSES or action in names_counted_as("access")

    def said(self, values: Mapping[str, int]) -> str:
        return str(self.sentence) % values

    def usual(self) -> dict[str, int]:
        return {name: parameter.usual for name, parameter in self.parameters.items()}

    def within(self, values: Mapping[str, int]) -> timedelta:
        return values[self.span] * self.unit

    def mistakes(self, values: Mapping[str, int]) -> list[FieldError]:
        """Return what is wrong with values; a parameter that is missing is wrong too."""
        return [
            FieldError(
                f"/{name}",
                "out-of-bounds",
                _("Fill in a whole number from %(lowest)d to %(highest)d.")
                % {"lowest": parameter.lowest, "highest": parameter.highest},
            )
            for name, parameter in self.parameters.items()
            if not parameter.lowest <= values.get(name, parameter.lowest - 1) <= parameter.highest
        ]


_QUIET = Parameter(_("Days without a new finding once one was explained"), 90, 1, 365)
_READ = {"action": ACCESSES, "outcome": "allowed"}

BULK_READING = Kind(
    name="bulk-reading",
    title=_("Reading in bulk"),
    sentence=_("One employee reads data %(least)d times or more within %(minutes)d minutes."),
    narrowed_to=_READ,
    parameters={
        "least": Parameter(_("Number of times"), 50, 2, 100_000),
        "minutes": Parameter(_("Within minutes"), 60, 1, 1440),
        QUIET_DAYS: _QUIET,
    },
    span="minutes",
    unit=timedelta(minutes=1),
)
REPEATED_REFUSALS = Kind(
    name="repeated-refusals",
    title=_("Refused again and again"),
    sentence=_("One employee is refused %(least)d times or more within %(hours)d hours."),
    narrowed_to={"outcome": "refused"},
    parameters={
        "least": Parameter(_("Number of times"), 5, 2, 10_000),
        "hours": Parameter(_("Within hours"), 24, 1, 168),
        QUIET_DAYS: _QUIET,
    },
    span="hours",
    unit=timedelta(hours=1),
)
READ_BY_MANY = Kind(
    name="read-by-many",
    title=_("One resident, read by many"),
    sentence=_("%(least)d employees or more read data of the same resident within %(days)d days."),
    narrowed_to=_READ,
    parameters={
        "least": Parameter(_("Number of employees"), 5, 2, 1000),
        "days": Parameter(_("Within days"), 7, 1, 31),
        QUIET_DAYS: _QUIET,
    },
    span="days",
    unit=timedelta(days=1),
    by_employee=False,
    by_subject=True,
    distinct=True,
)
NEAR_TO_EMPLOYEE = Kind(
    name="near-to-employee",
    title=_("Reading of somebody near"),
    sentence=_(
        "An employee reads data %(least)d times or more within %(days)d days of themselves, of a colleague, or of"
        " somebody for whom one of the two may act. The service knows who is a colleague only where somebody has one"
        " account as employee and as resident, and who may act for whom by the mandates. It knows no addresses."
    ),
    narrowed_to=_READ,
    parameters={
        "least": Parameter(_("Number of times"), 1, 1, 1000),
        "days": Parameter(_("Within days"), 30, 1, 90),
        QUIET_DAYS: _QUIET,
    },
    span="days",
    unit=timedelta(days=1),
    by_subject=True,
    related_only=True,
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (BULK_READING, REPEATED_REFUSALS, READ_BY_MANY, NEAR_TO_EMPLOYEE)
}
