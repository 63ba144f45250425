"""Keep up to date: what the citizen changes afterwards is shared too (a term of our own ODRL profile)."""

from dataclasses import dataclass
from typing import ClassVar

from consent.ask import Ask
from consent.terms.switch import Switch
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class KeepUpToDate(Switch):
    """The copies follow the citizen's vault. Without it they stay as they were at the yes.

    It asks something of the service, and refuses nothing. It is the one term that allows more where it is said.
    """

    name: ClassVar[str] = "keepUpToDate"
    code: ClassVar[str] = "keep-up-to-date"

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, True)
