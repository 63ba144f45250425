"""Area: data is read for requests about a place in these cells only (ODRL 2.2 spatial)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.area import includes, is_cell
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict

MOST = 2000


@dataclass(frozen=True, slots=True)
class Area:
    """H3 cells; the place of an access lies in one of them or in a smaller cell inside."""

    name: ClassVar[str] = "area"
    code: ClassVar[str] = "area"
    cells: frozenset[str]

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST:
            raise ValueError(_("Choose an area of 1 to %(most)d cells.") % {"most": MOST})
        if not all(is_cell(cell) for cell in value):
            raise ValueError(_("An area consists of H3 cells, such as 89196953583ffff."))
        return cls(frozenset(value))

    def dump(self) -> list[str]:
        return sorted(self.cells)

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        if all(includes(bounds.area_cells, cell) for cell in self.cells):
            return []
        detail = _("This area is not one of those that the organisation has.")
        return [FieldError("/terms/area", "unknown-area", detail)]

    def within(self, wider: Self) -> bool:
        return all(includes(wider.cells, cell) for cell in self.cells)

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, includes(self.cells, ask.place), {"place": ask.place})
