"""Load by wrk, a generator that costs little of the two cores that all of it runs on."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench.harness.database import BenchDatabase
from tests.bench.harness.server import Server


@dataclass(frozen=True, slots=True)
class Load:
    """A server, the path on it, and the Lua script that makes the requests."""

    server: Server
    path: str
    script: Path

    @property
    def url(self) -> str:
        return f"{self.server.url}{self.path}"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: requests a second, latencies in milliseconds, CPU seconds a second of web and database."""

    rate: float
    p50: float
    p99: float
    web_cpu: float
    database_cpu: float


def measure(load: Load, *, connections: int, seconds: int, database: BenchDatabase) -> Measured:
    """Run one load; fail when an answer was not a success, because a refusal is quicker than a release."""
    web, rows = load.server.cpu_seconds(), database.cpu_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(load.script), load.url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    result = json.loads(next(line for line in said.splitlines() if line.startswith("RESULT"))[len("RESULT ") :])
    if result["failed"] or not result["requests"]:
        raise SystemExit(f"{result['failed']} of {result['requests']} requests to {load.url} failed:\n{said}")
    took = result["microseconds"] / 1e6
    return Measured(
        rate=result["requests"] / took,
        p50=result["p50"] / 1000,
        p99=result["p99"] / 1000,
        web_cpu=(load.server.cpu_seconds() - web) / took,
        database_cpu=(database.cpu_seconds() - rows) / took,
    )
