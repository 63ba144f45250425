"""Recipients: which organisation, department and role may read (ODRL 2.2 recipient)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.oin import is_oin
from consent.verdict import Verdict

MOST = 50
# Only who asks for data reads it.
ROLES = ("requester",)


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """An organisation by its OIN; an empty department or role stands for all of them."""

    oin: str
    department: str = ""
    role: str = ""

    def includes(self, ask: Ask) -> bool:
        return self.oin == ask.oin and self.department in ("", ask.department) and self.role in ("", ask.role)

    def within(self, wider: "Recipient") -> bool:
        return self.oin == wider.oin and wider.department in ("", self.department) and wider.role in ("", self.role)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Those who may read: an access needs one of them to include it."""

    name: ClassVar[str] = "recipients"
    code: ClassVar[str] = "recipients"
    allowed: frozenset[Recipient]

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST:
            raise ValueError(_("Give a list of 1 to %(most)d recipients.") % {"most": MOST})
        return cls(frozenset(_parse_recipient(item) for item in value))

    def dump(self) -> list[dict[str, str]]:
        return [
            {key: text for key, text in (("oin", r.oin), ("department", r.department), ("role", r.role)) if text}
            for r in sorted(self.allowed)
        ]

    def within(self, wider: Self) -> bool:
        return all(any(one.within(other) for other in wider.allowed) for one in self.allowed)

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        faults = [
            FieldError(
                "/terms/recipients",
                "recipient-outside-purpose",
                _("Organisation %(oin)s does not receive data for this purpose.") % {"oin": recipient.oin},
            )
            for recipient in sorted(self.allowed)
            if recipient.oin not in bounds.recipients
        ]
        for recipient in sorted(self.allowed):
            if recipient.department and recipient.department not in bounds.departments.get(recipient.oin, frozenset()):
                detail = _("This organisation has no department %(name)s.") % {"name": recipient.department}
                faults.append(FieldError("/terms/recipients", "unknown-department", detail))
            if recipient.role not in ("", *ROLES):
                detail = _("There is no role %(name)s.") % {"name": recipient.role}
                faults.append(FieldError("/terms/recipients", "unknown-role", detail))
        return faults

    def verdict(self, ask: Ask) -> Verdict:
        params = {"oin": ask.oin, "department": ask.department, "role": ask.role}
        for recipient in self.allowed:
            if recipient.includes(ask):
                return Verdict(self.code, True, params)
        return Verdict(self.code, False, params)


def _parse_recipient(value: Any) -> Recipient:
    if not isinstance(value, dict) or not set(value) <= {"oin", "department", "role"}:
        raise ValueError(_("A recipient has an oin and, if you like, a department and a role."))
    if not all(isinstance(text, str) for text in value.values()) or not is_oin(value.get("oin", "")):
        raise ValueError(_("The oin of a recipient has 20 digits."))
    if not all(len(text) <= 100 and text.isprintable() for text in value.values()):
        raise ValueError(_("A department and a role have at most 100 visible characters."))
    return Recipient(**value)
