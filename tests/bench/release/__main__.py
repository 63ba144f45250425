"""`deploy/bench release`: the whole HTTP release of a record of 1 KiB, against the least that such a thing can cost.

Ours is the service with production settings: token, decision, audit entry, three keys unsealed, answer. The floor is
`floor.py`: a bare Django view in a transaction of three statements. Both have the same server, the same
number of connections and the same durable PostgreSQL, and take turns in one run.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from deploy.private_services import free_port
from tests.bench.harness.database import BenchDatabase, prepare_database
from tests.bench.harness.load import Load, Measured, measure
from tests.bench.harness.report import Comparison, report
from tests.bench.harness.server import serve
from tests.bench.release.floor import create_floor_tables

CONNECTIONS = (1, 8, 32)
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CITIZENS = 200
# Twice the cores: a thread that waits for the database leaves its core to another.
WORKERS, THREADS = 2, 2


def main() -> None:
    with TemporaryDirectory(prefix="deelwijs-bench-") as folder:
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    database = prepare_database(os.environ["BENCH_POSTGRES_URL"], "bench_release", folder)
    os.environ.update(database.environment)
    create_floor_tables(database.owner_url)
    from tests.bench.release.data import count_queries, make_release_data

    data = make_release_data(citizens=CITIZENS)
    queries = count_queries(data)
    with (
        serve("deploy.wsgi:application", free_port(), workers=WORKERS, threads=THREADS) as ours,
        serve("tests.bench.release.floor_wsgi:application", free_port(), workers=WORKERS, threads=THREADS) as floor,
    ):
        loads = {
            "ours": Load(ours, "/api/v1/releases", write_script(folder / "ours.lua", data.token, data.request_ids)),
            "floor": Load(floor, "/", write_script(folder / "floor.lua", "", data.consent_ids)),
        }
        comparisons = [_compare(loads, connections, database) for connections in CONNECTIONS]
    report("release", comparisons, queries=queries)


def _compare(loads: dict[str, Load], connections: int, database: BenchDatabase) -> Comparison:
    """Run both loads in turns, each as often first, because the machine's speed drifts."""
    runs: dict[str, list[Measured]] = {name: [] for name in loads}
    for load in loads.values():
        measure(load, connections=connections, seconds=1, database=database)
    for round_number in range(ROUNDS):
        for name in sorted(loads, reverse=bool(round_number % 2)):
            database.settle()
            runs[name].append(measure(loads[name], connections=connections, seconds=SECONDS, database=database))
    return Comparison(f"{connections} connections", runs["ours"], runs["floor"])


def write_script(file: Path, token: str, ids: list[UUID]) -> Path:
    """Write the requests of a run for wrk: every one about the next citizen, with a key of its own."""
    listed = ", ".join(f'"{identifier}"' for identifier in ids)
    template = (Path(__file__).parent / "requests.lua").read_text()
    file.write_text(template.replace("TOKEN", token).replace('"IDS"', listed))
    return file


if __name__ == "__main__":
    main()
