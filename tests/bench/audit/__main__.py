"""`deploy/bench audit`: appending to the log while the sequencer runs, and how soon a checkpoint covers an entry.

Ours is `append_entry` in a transaction of its own: entry, record and pending row, canonical text and commitment made
on the way. The floor writes the same bytes, ready-made, into as many rows of plain tables. Both have the same writers,
connections and durable PostgreSQL, and take turns in one run; the sequencer runs all the time.
Then writers that are paced commit BENCH_RATE entries a second, and for each the time is taken until a checkpoint that
covers it can be read.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import TypedDict

import psycopg

from tests.bench.harness.database import BASE, BenchDatabase, login_in, prepare_database
from tests.bench.harness.measures import quantile

WRITERS = (1, 8, 32)
PROCESSES = 4
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
RATE = int(os.environ.get("BENCH_RATE", "2000"))
PACED_WRITERS = 32
PACED_SECONDS = int(os.environ.get("BENCH_PACED_SECONDS", "15"))
# A sequencer that stands still would make the appends fast.
LONGEST_DRAIN = 300


class Said(TypedDict):
    """What a process of writers says at its end."""

    latencies: list[float]
    moments: list[tuple[str, float]]
    cpu: float


@dataclass(frozen=True, slots=True)
class Run:
    """Entries a second, latencies in milliseconds, CPU seconds a second of writers and database."""

    rate: float
    p50: float
    p99: float
    writer_cpu: float
    database_cpu: float


@dataclass(frozen=True, slots=True)
class Case:
    """Runs of ours and of the floor that took turns."""

    writers: int
    ours: list[Run]
    floor: list[Run]

    @property
    def name(self) -> str:
        return f"{self.writers} writer{'' if self.writers == 1 else 's'}"

    @property
    def ratio(self) -> float:
        """Our entries a second to the floor's, the median of the pairs."""
        return median(one.rate / other.rate for one, other in zip(self.ours, self.floor, strict=True))

    @property
    def p99_ratio(self) -> float:
        return median(one.p99 / other.p99 for one, other in zip(self.ours, self.floor, strict=True))


@dataclass(frozen=True, slots=True)
class Paced:
    """How many entries a second came in, and the seconds from commit to the checkpoint that covers them."""

    rate: float
    p50: float
    p99: float
    most: float


def main() -> None:
    with TemporaryDirectory(prefix="deelwijs-bench-") as folder:
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    database = prepare_database(os.environ["BENCH_POSTGRES_URL"], "bench_audit", folder)
    _create_floor_tables(database)
    sequencer = _start_sequencer(database, folder / "sequencer.log")
    try:
        cases = [_compare(database, writers) for writers in WRITERS]
        paced = _pace(database)
    finally:
        sequencer.terminate()
        sequencer.wait(timeout=30)
    _report(cases, paced)


def _create_floor_tables(database: BenchDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        for name in ("entry", "record", "pending"):
            owner.execute(f"CREATE TABLE bench_floor_{name} (LIKE audit_{name})")
            key = "id" if name == "entry" else "entry_id"
            owner.execute(f"ALTER TABLE bench_floor_{name} ADD PRIMARY KEY ({key})")
            owner.execute(f"GRANT ALL ON bench_floor_{name} TO deelwijs_app")


def _start_sequencer(database: BenchDatabase, told: Path) -> "subprocess.Popen[bytes]":
    environment = os.environ | database.environment
    environment["DATABASE_URL"] = login_in(database, "deelwijs_sequencer", "bench_sequencer")
    command = [sys.executable, "manage.py", "sequence"]
    with told.open("w") as file:
        return subprocess.Popen(command, cwd=BASE, env=environment, stdout=file, stderr=subprocess.STDOUT)


def _compare(database: BenchDatabase, writers: int) -> Case:
    """Run both in turns, each as often first, because the machine's speed drifts."""
    runs: dict[bool, list[Run]] = {True: [], False: []}
    for ours in (True, False):
        _run(database, ours=ours, writers=writers, seconds=1)
    for number in range(ROUNDS):
        for ours in (True, False) if number % 2 else (False, True):
            _drain(database)
            database.settle()
            runs[ours].append(_run(database, ours=ours, writers=writers, seconds=SECONDS))
    return Case(writers, runs[True], runs[False])


def _run(database: BenchDatabase, *, ours: bool, writers: int, seconds: float) -> Run:
    before = database.cpu_seconds()
    said = _write(database, ours=ours, writers=writers, seconds=seconds)
    latencies = [latency for one in said for latency in one["latencies"]]
    return Run(
        rate=len(latencies) / seconds,
        p50=quantile(latencies, 0.5),
        p99=quantile(latencies, 0.99),
        writer_cpu=sum(one["cpu"] for one in said) / seconds,
        database_cpu=(database.cpu_seconds() - before) / seconds,
    )


def _write(database: BenchDatabase, *, ours: bool, writers: int, seconds: float, rate: float = 0) -> list[Said]:
    """Let writers write from a few processes, and return what each process says. Fail when one failed."""
    processes = []
    for share in _shares(writers, min(writers, PROCESSES)):
        task = {"ours": ours, "writers": share, "seconds": seconds, "rate": rate / writers}
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.bench.audit.writer", json.dumps(task)],
                cwd=BASE,
                env=os.environ | database.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    for process in processes:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit("A writer did not start; its errors stand above.")
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said: list[Said] = []
    for process in processes:
        told, _ = process.communicate(timeout=seconds + 60)
        if process.returncode:
            raise SystemExit("A writer failed; its errors stand above.")
        said.append(json.loads(told))
    return said


def _shares(writers: int, processes: int) -> list[int]:
    return [writers // processes + (at < writers % processes) for at in range(processes)]


def _drain(database: BenchDatabase) -> None:
    """Wait until every entry has its place, so that no turn pays for the one before it."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        end = time.monotonic() + LONGEST_DRAIN
        while True:
            row = owner.execute("SELECT EXISTS (SELECT FROM audit_pending)").fetchone()
            if row == (False,):
                return
            if time.monotonic() > end:
                raise SystemExit("The sequencer does not come to an end.")
            time.sleep(0.1)


def _pace(database: BenchDatabase) -> Paced:
    """Let paced writers write, and watch the checkpoints come."""
    _drain(database)
    database.settle()
    seen: list[tuple[int, float]] = []
    stopped = Event()
    watcher = Thread(target=_watch, args=(database, seen, stopped))
    watcher.start()
    try:
        said = _write(database, ours=True, writers=PACED_WRITERS, seconds=PACED_SECONDS, rate=RATE)
        _drain(database)
        time.sleep(1)
    finally:
        stopped.set()
        watcher.join()
    committed = {entry: moment for one in said for entry, moment in one["moments"]}
    waits = _waits(database, committed, seen)
    return Paced(len(committed) / PACED_SECONDS, quantile(waits, 0.5), quantile(waits, 0.99), max(waits))


def _watch(database: BenchDatabase, seen: list[tuple[int, float]], stopped: Event) -> None:
    """Note when each checkpoint can be read by others."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        while not stopped.wait(0.01):
            row = owner.execute("SELECT max(size) FROM audit_checkpoint").fetchone()
            if row and row[0] is not None and (not seen or row[0] > seen[-1][0]):
                seen.append((row[0], time.time()))


def _waits(database: BenchDatabase, committed: dict[str, float], seen: list[tuple[int, float]]) -> list[float]:
    """Return the seconds from each commit until a checkpoint over its leaf could be read. Fail if one never came."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        rows = owner.execute(
            "SELECT entry_id::text, index FROM audit_leaf WHERE entry_id = ANY(%s::uuid[]) ORDER BY index",
            [list(committed)],
        ).fetchall()
    if len(rows) != len(committed):
        raise SystemExit(f"{len(committed) - len(rows)} entries that were committed have no leaf.")
    waits, checkpoint = [], 0
    for entry, index in rows:
        while seen[checkpoint][0] <= index:
            checkpoint += 1
        waits.append(max(0.0, seen[checkpoint][1] - committed[entry]))
    return waits


def _report(cases: list[Case], paced: Paced) -> None:
    out = sys.stdout
    out.write(f"\n{'':<14}{'':<8}{'entries/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'writer CPU':>12}{'db CPU':>8}\n")
    for case in cases:
        for name, runs in (("ours", case.ours), ("floor", case.floor)):
            columns = [median(getattr(run, column) for run in runs) for column in ("rate", "p50", "p99", "writer_cpu")]
            database_cpu = median(run.database_cpu for run in runs)
            title = case.name if name == "ours" else ""
            out.write(
                f"{title:<14}{name:<8}{columns[0]:>10,.0f}{columns[1]:>9.1f}{columns[2]:>9.1f}{columns[3]:>12.2f}"
                f"{database_cpu:>8.2f}\n"
            )
        out.write(f"{'':<14}{'ratio':<8}{case.ratio:>10.2f}{'':>9}{case.p99_ratio:>9.2f}\n")
    out.write(
        f"Commit to checkpoint, {PACED_WRITERS} writers paced at {RATE:,} entries a second, of which"
        f" {paced.rate:,.0f} came: median {paced.p50:.2f} s, p99 {paced.p99:.2f} s, longest {paced.most:.2f} s\n"
    )
    results: list[dict[str, str | float]] = [
        {"case": case.name, "ratio": round(case.ratio, 3), "p99_ratio": round(case.p99_ratio, 3)} for case in cases
    ]
    results.append(
        {
            "case": f"commit to checkpoint at {RATE} a second",
            "per_second": round(paced.rate),
            "p50_ms": round(paced.p50 * 1000),
            "p99_ms": round(paced.p99 * 1000),
        }
    )
    out.write(json.dumps({"bench": "audit", "results": results}) + "\n")


if __name__ == "__main__":
    main()
