"""`deploy/bench rotate`: keys rewrapped a second, and what releases cost meanwhile.

Rewrapping takes turns with writing as many bytes to the same rows in the same batches. Then releases run alone and
beside a worker that rewraps all the time, in turns, on the same two cores.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from deploy.private_services import free_port
from tests.bench.harness.database import BenchDatabase, prepare_database
from tests.bench.harness.load import Load, Measured, measure
from tests.bench.harness.server import serve

KEYS = int(os.environ.get("BENCH_KEYS", "100000"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CITIZENS = 100
CONNECTIONS = 8


def main() -> None:
    with TemporaryDirectory(prefix="deelwijs-bench-") as folder:
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    database = prepare_database(os.environ["BENCH_POSTGRES_URL"], "bench_rotate", folder)
    os.environ.update(database.environment)
    from tests.bench.release.__main__ import write_script
    from tests.bench.release.data import make_release_data
    from tests.bench.release.floor import create_floor_tables

    create_floor_tables(database.owner_url)
    data = make_release_data(citizens=CITIZENS)
    rewraps, ratio = _measure_rewraps(database)
    with serve("deploy.wsgi:application", free_port(), workers=2, threads=2) as server:
        load = Load(server, "/api/v1/releases", write_script(folder / "ours.lua", data.token, data.request_ids))
        alone, beside = _measure_releases(load, database)
    meanwhile = median(one.rate / other.rate for one, other in zip(beside, alone, strict=True))
    slower = median(one.p99 / other.p99 for one, other in zip(beside, alone, strict=True))
    out = sys.stdout
    out.write(f"\nRewraps of {KEYS:,} keys: {rewraps:,.0f} a second, {ratio:.2f} of writing the same bytes.\n")
    for name, runs in (("alone", alone), ("beside rewrapping", beside)):
        out.write(f"Releases {name}: {median(run.rate for run in runs):,.0f} a second\n")
    results = [
        {"case": "rewraps", "ratio": round(ratio, 3), "per_second": round(rewraps)},
        {"case": "releases beside rewrapping", "ratio": round(meanwhile, 3), "p99_ratio": round(slower, 3)},
    ]
    out.write(json.dumps({"bench": "rotate", "results": results}) + "\n")


def _measure_rewraps(database: BenchDatabase) -> tuple[float, float]:
    """Return keys a second, and the ratio to the floor: the medians of the rounds."""
    from tests.bench.rotate.keys import make_keys, rewrap_all, write_all

    make_keys(KEYS)
    rates, ratios = [], []
    for _round in range(ROUNDS):
        database.settle()
        floor_keys, floor_seconds = write_all()
        database.settle()
        keys, seconds = rewrap_all()
        rates.append(keys / seconds)
        ratios.append(rates[-1] / (floor_keys / floor_seconds))
    return median(rates), median(ratios)


def _measure_releases(load: Load, database: BenchDatabase) -> tuple[list[Measured], list[Measured]]:
    """Return the runs alone and those beside a worker that rewraps, which took turns."""
    measure(load, connections=CONNECTIONS, seconds=1, database=database)
    alone, beside = [], []
    for _round in range(ROUNDS):
        database.settle()
        alone.append(measure(load, connections=CONNECTIONS, seconds=SECONDS, database=database))
        database.settle()
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.rotate.rewrapper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        beside.append(measure(load, connections=CONNECTIONS, seconds=SECONDS, database=database))
        said, _errors = worker.communicate(timeout=120)
        if worker.returncode or not json.loads(said)["keys"]:
            raise SystemExit("The worker rewrapped nothing meanwhile.")
    return alone, beside


if __name__ == "__main__":
    main()
