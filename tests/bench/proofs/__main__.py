"""`deploy/bench proofs`: proofs and pages of a long log against one of 10,000 entries, and verifying against reading.

The long log has BENCH_ENTRIES entries: 100,000, or what is asked for, such as BENCH_ENTRIES=10000000, which takes 15 GB
of disk for the time of the run. Both logs are whole: every hash, tile and signature is real. The same questions go to
both in turns, in one run. `verify_log` recomputes a log of BENCH_VERIFIED entries, and takes turns with reading the
same rows by plain SQL.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg

from tests.bench.harness.database import BenchDatabase, copy_database, prepare_database
from tests.bench.harness.measures import quantile

if TYPE_CHECKING:
    from tests.bench.proofs.log import BuiltLog

SHORT = 10_000
LONG = int(os.environ.get("BENCH_ENTRIES", "100000"))
VERIFIED = min(int(os.environ.get("BENCH_VERIFIED", "1000000")), LONG)
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
QUESTIONS = int(os.environ.get("BENCH_QUESTIONS", "100"))
PAGE = 25


@dataclass(slots=True)
class Case:
    """Milliseconds of one kind of question, to the long and to the short log."""

    name: str
    long: list[float] = field(default_factory=list)
    short: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times slower the long log answers, by the medians."""
        return median(self.long) / median(self.short)

    @property
    def p99_ratio(self) -> float:
        return quantile(self.long, 0.99) / quantile(self.short, 0.99)


@dataclass(frozen=True, slots=True)
class Verified:
    """Seconds to verify a log, and to read its rows, by round."""

    ours: list[float]
    floor: list[float]

    @property
    def ratio(self) -> float:
        """Our speed to the floor's, the median of the pairs."""
        return median(floor / ours for ours, floor in zip(self.ours, self.floor, strict=True))


def main() -> None:
    with TemporaryDirectory(prefix="deelwijs-bench-") as folder:
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    empty = prepare_database(os.environ["BENCH_POSTGRES_URL"], "bench_proofs", folder)
    os.environ.update(empty.environment | {"DATABASE_URL": empty.owner_url})
    sizes = sorted({SHORT, VERIFIED, LONG})
    logs = {size: _build(empty, size) for size in sizes}
    cases = _compare(logs[LONG], logs[SHORT])
    verified = _verify(logs[VERIFIED])
    _report(cases, verified)


def _build(empty: BenchDatabase, size: int) -> "BuiltLog":
    """Make a log of a size in a copy of the empty database, with a file of its own for the last checkpoint."""
    from django.conf import settings

    from tests.bench.proofs.log import build_log

    began = time.perf_counter()
    copied = copy_database(empty, f"bench_proofs_{size}")
    settings.LOG_LAST_CHECKPOINT_FILE = f"{settings.LOG_LAST_CHECKPOINT_FILE}-{size}"
    _turn_to(copied.owner_url)
    built = build_log(copied.owner_url, size=size)
    sys.stdout.write(f"A log of {size:,} entries was built in {time.perf_counter() - began:,.0f} s\n")
    sys.stdout.flush()
    return built


def _turn_to(url: str) -> None:
    """Let Django use another database of the same server from now on."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = url.rpartition("/")[2]


def _compare(long: "BuiltLog", short: "BuiltLog") -> list[Case]:
    """Ask both logs the same, in turns, each as often first."""
    from tests.bench.proofs.questions import QUESTION_KINDS, ask

    cases = {name: Case(name) for name in QUESTION_KINDS}
    chance = random.Random(20261125)
    for number in range(ROUNDS):
        for log in (long, short) if number % 2 else (short, long):
            _turn_to(log.url)
            for name, case in cases.items():
                ask(name, log, chance, times=5)
                taken = case.long if log is long else case.short
                taken += ask(name, log, chance, times=QUESTIONS)
    return list(cases.values())


def _verify(log: "BuiltLog") -> Verified:
    from audit.services.verify import verify_log
    from audit.signing.log_key import load_verifier

    _turn_to(log.url)
    verified = Verified([], [])

    def ours() -> None:
        result = verify_log(verifier=load_verifier())
        if result.discrepancy or result.leaves != log.size:
            raise SystemExit(f"{result.leaves} leaves were verified: {result.discrepancy}")

    for number in range(ROUNDS):
        for first in (True, False) if number % 2 else (False, True):
            if first:
                verified.ours.append(_seconds(ours))
            else:
                verified.floor.append(_seconds(lambda: _read(log)))
    return verified


def _read(log: "BuiltLog") -> None:
    """Read every row of leaves, entries and records, in the order of the leaves, and do nothing with them."""
    with psycopg.connect(log.url) as owner, owner.cursor(name="reading") as cursor:
        cursor.itersize = 1024
        cursor.execute(
            "SELECT * FROM audit_leaf JOIN audit_entry ON audit_entry.id = audit_leaf.entry_id"
            " LEFT JOIN audit_record USING (entry_id) ORDER BY index"
        )
        rows = sum(1 for _row in cursor)
    if rows != log.size:
        raise SystemExit(f"{rows} rows were read.")


def _seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _report(cases: list[Case], verified: Verified) -> None:
    out = sys.stdout
    out.write(f"\n{'':<34}{f'{LONG:,} ms':>16}{'p99':>9}{f'{SHORT:,} ms':>13}{'p99':>9}{'ratio':>8}\n")
    for case in cases:
        out.write(
            f"{case.name:<34}{median(case.long):>16.2f}{quantile(case.long, 0.99):>9.2f}"
            f"{median(case.short):>13.2f}{quantile(case.short, 0.99):>9.2f}{case.ratio:>8.2f}\n"
        )
    speed = VERIFIED / median(verified.ours)
    out.write(
        f"Verifying {VERIFIED:,} entries: {median(verified.ours):.1f} s, {speed:,.0f} a second;"
        f" reading their rows: {median(verified.floor):.1f} s; ratio {verified.ratio:.2f}\n"
    )
    results: list[dict[str, str | float]] = [
        {
            "case": case.name,
            "ratio": round(case.ratio, 3),
            "p99_ratio": round(case.p99_ratio, 3),
            "p50_ms": round(median(case.long), 3),
            "p99_ms": round(quantile(case.long, 0.99), 3),
            "entries": LONG,
        }
        for case in cases
    ]
    results.append(
        {"case": "verify", "ratio": round(verified.ratio, 3), "per_second": round(speed), "entries": VERIFIED}
    )
    out.write(json.dumps({"bench": "proofs", "results": results}) + "\n")


if __name__ == "__main__":
    main()
