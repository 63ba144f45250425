"""What verification says when a row cannot be as it was written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A stable `kind`, `where` the row stands, and which change explains it."""

    kind: str
    where: str
    explanation: str

    def __str__(self) -> str:
        return f"{self.where}: {self.explanation} ({self.kind})"


class Altered(Exception):
    """Raised at the first row that cannot be as it was written."""

    def __init__(self, kind: str, where: str, explanation: str) -> None:
        self.discrepancy = Discrepancy(kind=kind, where=where, explanation=explanation)
        super().__init__(str(self.discrepancy))
