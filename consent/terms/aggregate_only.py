"""Aggregate only: counts with noise, never a row of one person (a term of our own ODRL profile)."""

from dataclasses import dataclass
from typing import ClassVar

from consent.ask import Ask
from consent.terms.switch import Switch
from consent.verdict import Verdict


@dataclass(frozen=True, slots=True)
class AggregateOnly(Switch):
    """The data may only be counted together with that of others."""

    name: ClassVar[str] = "aggregateOnly"
    code: ClassVar[str] = "aggregate-only"

    def verdict(self, ask: Ask) -> Verdict:
        return Verdict(self.code, ask.aggregate)
