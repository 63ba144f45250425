"""How every bench ends: a table for people, and one JSON object as the last line for programs."""

import json
import sys
from dataclasses import dataclass
from statistics import median

from tests.bench.harness.load import Measured


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs of ours and of the floor that took turns under one load."""

    case: str
    ours: list[Measured]
    floor: list[Measured]

    @property
    def ratio(self) -> float:
        """Our requests a second to the floor's, the median of the pairs."""
        return median(one.rate / other.rate for one, other in zip(self.ours, self.floor, strict=True))

    @property
    def p99_ratio(self) -> float:
        return median(one.p99 / other.p99 for one, other in zip(self.ours, self.floor, strict=True))


def report(bench: str, comparisons: list[Comparison], *, queries: int) -> None:
    """Print the table and the last line."""
    out = sys.stdout
    out.write(f"\n{'':<16}{'':<10}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'web CPU':>9}{'db CPU':>8}\n")
    for comparison in comparisons:
        for name, runs in (("ours", comparison.ours), ("floor", comparison.floor)):
            columns = [median(getattr(run, column) for run in runs) for column in ("rate", "p50", "p99", "web_cpu")]
            database_cpu = median(run.database_cpu for run in runs)
            out.write(
                f"{comparison.case if name == 'ours' else '':<16}{name:<10}{columns[0]:>8.0f}{columns[1]:>9.1f}"
                f"{columns[2]:>9.1f}{columns[3]:>9.2f}{database_cpu:>8.2f}\n"
            )
        out.write(f"{'':<16}{'ratio':<10}{comparison.ratio:>8.2f}{'':>9}{comparison.p99_ratio:>9.2f}\n")
    out.write(f"Statements of one request: {queries}. Medians of {len(comparisons[0].ours)} runs each, in turns.\n")
    results = [
        {
            "case": comparison.case,
            "ratio": round(comparison.ratio, 3),
            "p99_ratio": round(comparison.p99_ratio, 3),
            "queries": queries,
        }
        for comparison in comparisons
    ]
    out.write(json.dumps({"bench": bench, "results": results}) + "\n")
