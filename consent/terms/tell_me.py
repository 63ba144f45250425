"""Tell me: the citizen hears of each access (ODRL 2.2 inform)."""

from dataclasses import dataclass
from typing import ClassVar

from consent.ask import Ask
from consent.terms.switch import Switch
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class TellMe(Switch):
    """A message goes out with each access. So it refuses one that the citizen is not to hear of yet."""

    name: ClassVar[str] = "tellMe"
    code: ClassVar[str] = "tell-me"

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, not ask.deferred)
