"""Ask me: the citizen allows each access by itself (ODRL 2.2 obtainConsent)."""

from dataclasses import dataclass
from typing import ClassVar

from consent.ask import Ask
from consent.terms.switch import Switch
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class AskMe(Switch):
    """Nothing is read until the citizen said yes to this very access."""

    name: ClassVar[str] = "askMe"
    code: ClassVar[str] = "ask-me"

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, ask.approved)
