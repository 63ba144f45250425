"""`deploy/bench release`: the whole HTTP release of a record of 1 KiB, against the least that such a thing can cost.

Ours is the service with production settings: token, decision, audit entry, three keys unsealed, answer. The floor is
`tests/bench/floor.py`: a bare Django view in a transaction of three statements. Both have the same server, the same
number of connections and the same durable PostgreSQL, and take turns in one run.
"""

import os
import sys
from pathlib import Path
from uuid import UUID

import psycopg

from deploy.private_services import free_port
from tests.bench.database import prepare_database
from tests.bench.floor import create_floor_tables
from tests.bench.load import Load, Measured, measure
from tests.bench.report import Comparison, report
from tests.bench.server import serve

CONNECTIONS = (1, 8, 32)
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CITIZENS = 200
# Twice the cores: a thread that waits for the database leaves its core to another.
WORKERS, THREADS = 2, 2


def main() -> None:
    database = prepare_database(os.environ["BENCH_POSTGRES_URL"], "bench_release")
    os.environ.update(database.environment)
    create_floor_tables(database.owner_url)
    from tests.bench.release_data import count_queries, make_release_data

    data = make_release_data(citizens=CITIZENS)
    queries = count_queries(data)
    requests = Path(database.folder) / "requests.lua"
    requests.write_text(_lua(data.token, data.request_ids))
    floor_requests = Path(database.folder) / "floor.lua"
    floor_requests.write_text(_lua("", data.consent_ids))
    with (
        serve("deploy.wsgi:application", free_port(), workers=WORKERS, threads=THREADS) as ours,
        serve("tests.bench.floor_wsgi:application", free_port(), workers=WORKERS, threads=THREADS) as floor,
        psycopg.connect(database.owner_url, autocommit=True) as connection,
    ):
        loads = {
            "release": Load(f"{ours.url}/api/v1/releases", requests),
            "floor": Load(f"{floor.url}/", floor_requests),
        }
        servers = {"release": ours, "floor": floor}
        comparisons = []
        for connections in CONNECTIONS:
            runs: dict[str, list[Measured]] = {"release": [], "floor": []}
            for name in ("release", "floor"):
                measure(loads[name], connections=connections, seconds=1, server=servers[name], database=database)
            for round_number in range(ROUNDS):
                # Turn by turn, and each as often first: the machine's speed drifts.
                for name in ("release", "floor") if round_number % 2 else ("floor", "release"):
                    connection.execute("CHECKPOINT")
                    runs[name].append(
                        measure(
                            loads[name],
                            connections=connections,
                            seconds=SECONDS,
                            server=servers[name],
                            database=database,
                        )
                    )
            comparisons.append(Comparison(f"{connections} connections", runs["release"], runs["floor"]))
    report("release", comparisons, queries=queries)


def _lua(token: str, ids: list[UUID]) -> str:
    """Return the requests of a run for wrk: every one about the next citizen, with a key of its own."""
    listed = ", ".join(f'"{identifier}"' for identifier in ids)
    return (Path(__file__).parent / "release.lua").read_text().replace("TOKEN", token).replace('"IDS"', listed)


if __name__ == "__main__":
    sys.exit(main())
