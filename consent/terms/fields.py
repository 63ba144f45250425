"""Fields: which of the purpose's fields the citizen shares (ODRL 2.2 target)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict

MOST = 200


@dataclass(frozen=True, slots=True)
class Fields:
    """The full names (dataset#pointer) of the fields that are shared."""

    name: ClassVar[str] = "fields"
    code: ClassVar[str] = "fields"
    names: frozenset[str]

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value) or len(value) > MOST:
            raise ValueError(_("Give a list of at most %(most)d field names.") % {"most": MOST})
        if not value:
            raise ValueError(_("Choose at least one field, or refuse."))
        return cls(frozenset(value))

    def dump(self) -> list[str]:
        return sorted(self.names)

    def within(self, wider: Self) -> bool:
        return self.names <= wider.names

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        foreign = [
            FieldError(
                "/terms/fields",
                "field-outside-purpose",
                _("%(field)s is not asked for this purpose.") % {"field": name},
            )
            for name in sorted(self.names - bounds.fields)
        ]
        missing = [
            FieldError(
                "/terms/fields",
                "required-field-missing",
                _("%(field)s is needed for this purpose.") % {"field": name},
            )
            for name in sorted(bounds.required_fields - self.names)
        ]
        return foreign + missing

    def verdict(self, ask: Ask) -> Verdict:
        not_granted = [name for name in ask.fields if name not in self.names]
        return Verdict(self.code, not not_granted, {"notGranted": not_granted})
