"""What every term can do."""

from typing import Any, ClassVar, Protocol, Self

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict


class Term(Protocol):
    """One condition. `name` is its key in the stored terms and in the API, `code` that of its verdict."""

    name: ClassVar[str]
    code: ClassVar[str]

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Read the stored form; raise ValueError with a sentence for people when it is not of that form."""

    def dump(self) -> Any:
        """Return the stored form, JSON-safe."""

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        """Return what goes beyond `bounds`, one error a fault, empty when the term is within them."""

    def within(self, wider: Self) -> bool:
        """Tell whether this term is nowhere wider than `wider`: what it allows, that one allows as well."""

    def verdict(self, ask: Ask) -> Verdict:
        """Say whether this condition allows `ask`."""
