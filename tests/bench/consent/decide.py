"""Decisions a second of `decide()` with eight terms on one core: pure Python, no database."""

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from consent.area import cell_at
from consent.ask import Ask
from consent.decision import Grant, PurposeInForce, decide
from consent.lifecycle import State
from consent.terms import Terms

GOAL = 50_000
SECONDS = 0.5
ROUNDS = 5
NOW = datetime(2026, 6, 3, 10, tzinfo=UTC)
OIN = "00000001234567890000"
PLACE = cell_at(52.3676, 4.9041)

STORED: dict[str, Any] = {
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2026-12-31T00:00:00Z",
    "fields": ["household#/size", "income#/amount"],
    "usesPerPeriod": {"limit": 5, "period": "week"},
    "window": [{"days": ["monday", "wednesday", "friday"], "from": "09:00", "until": "17:00"}],
    "recipients": [{"oin": OIN, "department": "werk-en-inkomen"}],
    "case": "Z-2026-1",
    "area": [PLACE],
}
PURPOSE = PurposeInForce(retired=False, recipients=frozenset({OIN}))
ALLOWED = Ask(
    fields=("household#/size", "income#/amount"),
    oin=OIN,
    department="werk-en-inkomen",
    role="requester",
    case="Z-2026-1",
    now=NOW,
    uses_taken=1,
    place=PLACE,
    period_started_at=NOW - timedelta(days=1),
    period_uses=2,
)
# One ask that each of the terms refuses, so that the figure does not rest on one way through.
ASKS = (
    ALLOWED,
    replace(ALLOWED, now=datetime(2025, 12, 31, 10, tzinfo=UTC)),
    replace(ALLOWED, now=NOW + timedelta(days=364)),
    replace(ALLOWED, fields=("household#/size", "income#/year")),
    replace(ALLOWED, period_uses=5),
    replace(ALLOWED, now=NOW + timedelta(hours=12)),
    replace(ALLOWED, department="parking"),
    replace(ALLOWED, case="Z-2026-2"),
    replace(ALLOWED, place=cell_at(51.9225, 4.4792)),
)


def measure() -> list[dict[str, Any]]:
    """Print a table and return the results: deciding alone, and with the stored terms read first, as a release does."""
    grant = Grant(State.GIVEN, Terms.parse(STORED))
    assert decide(grant, PURPOSE, ALLOWED).allowed
    assert not any(decide(grant, PURPOSE, ask).allowed for ask in ASKS[1:])
    cases = {
        "decide, 8 terms, allowed": _rate([ALLOWED], lambda ask: decide(grant, PURPOSE, ask)),
        "decide, 8 terms, refused by each": _rate(ASKS[1:], lambda ask: decide(grant, PURPOSE, ask)),
        "parse and decide, 8 terms": _rate(
            [ALLOWED], lambda ask: decide(Grant(State.GIVEN, Terms.parse(STORED)), PURPOSE, ask)
        ),
    }
    sys.stdout.write(f"\n{'':<36}{'a second':>10}{'goal':>10}{'ratio':>8}\n")
    for case, rate in cases.items():
        sys.stdout.write(f"{case:<36}{rate:>10.0f}{GOAL:>10}{rate / GOAL:>8.2f}\n")
    return [
        {"case": case, "decisions_per_second": round(rate), "ratio": round(rate / GOAL, 3)}
        for case, rate in cases.items()
    ]


def _rate(asks: Any, decided: Any) -> float:
    """Return calls a second of this process's own CPU time, the median of a few rounds."""
    rates = []
    for _round in range(ROUNDS):
        calls, begin = 0, time.process_time()
        while (took := time.process_time() - begin) < SECONDS:
            for _time in range(100):
                for ask in asks:
                    decided(ask)
            calls += 100 * len(asks)
        rates.append(calls / took)
    return median(rates)
