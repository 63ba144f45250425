"""A condition that is on or not there at all: its stored form is true."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.bounds import Bounds


@dataclass(frozen=True, slots=True)
class Switch:
    """What "ask me", "tell me" and "only in counts" have in common."""

    name: ClassVar[str]
    code: ClassVar[str]

    @classmethod
    def parse(cls, value: Any) -> Self:
        if value is not True:
            raise ValueError(_("This condition is true, or is left out."))
        return cls()

    def dump(self) -> bool:
        return True

    def within(self, wider: Self) -> bool:
        return True

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        return []
