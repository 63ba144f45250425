"""What two people must have decided before something is done to the log itself."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided, by name or by function, and why. It is published with what was done."""

    decided_by: tuple[str, ...]
    reason: str

    def check(self) -> None:
        """Raise Invalid unless at least two different people decided, and said why."""
        people = {" ".join(name.split()).casefold() for name in self.decided_by} - {""}
        errors = []
        if len(people) < 2:
            detail = _("Two people decide this: name both, or their functions. It is published.")
            errors.append(FieldError("/decidedBy", "two-people", detail))
        if not self.reason.strip():
            errors.append(FieldError("/reason", "required", _("Say why. It is published.")))
        if errors:
            raise Invalid(" ".join(str(error.detail) for error in errors), errors=errors)
