"""A citizen's overview and the public register among 10,000 consents and among 1,000,000, in turns.

Both databases hold the same citizen, with a handful of consents and a full timeline, and the same purposes; what
differs is how many others there are. The pages are asked of two servers with the settings of production, one request
at a time, the second as often first as the first.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from deploy.private_services import free_port
from tests.bench.consent.crowd import make_crowd
from tests.bench.harness.database import BASE, BenchDatabase, copy_database, prepare_database
from tests.bench.harness.server import serve

PAGES = ("/my/", "/register/")
FEW, MANY = 10_000, 1_000_000
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "200"))
WARM_UP = 20
GOAL_P95 = 100.0


@dataclass(slots=True)
class Size:
    """A database of `consents` consents behind a server, and what its pages took: {path: milliseconds}."""

    consents: int
    connection: HTTPConnection
    queries: dict[str, int]
    took: dict[str, list[float]] = field(default_factory=lambda: {path: [] for path in PAGES})

    def p50(self, path: str) -> float:
        return median(self.took[path])

    def p95(self, path: str) -> float:
        return quantiles(self.took[path], n=20)[-1]


def measure() -> list[dict[str, Any]]:
    """Print a table and return the results, one a page."""
    with TemporaryDirectory(prefix="deelwijs-bench-") as folder:
        few, many, cookie = _databases(Path(folder))
        queries = {size: _count_queries(database) for size, database in ((FEW, few), (MANY, many))}
        with (
            serve("deploy.wsgi:application", free_port(), workers=1, threads=1, environment=few.environment) as one,
            serve("deploy.wsgi:application", free_port(), workers=1, threads=1, environment=many.environment) as other,
        ):
            sizes = [
                Size(consents, HTTPConnection(urlsplit(server.url).netloc, timeout=60), queries[consents])
                for consents, server in ((FEW, one), (MANY, other))
            ]
            for path in PAGES:
                _ask_in_turns(path, sizes, cookie)
            for size in sizes:
                size.connection.close()
    return _told(*sizes)


def _databases(folder: Path) -> tuple[BenchDatabase, BenchDatabase, str]:
    """Return both databases, and the cookie of the citizen's session, which holds in either."""
    few = prepare_database(os.environ["BENCH_POSTGRES_URL"], "bench_consent_few", folder)
    _run(few, "manage.py", "collectstatic", "--noinput")
    cookie = str(json.loads(_run(few, "-m", "tests.bench.consent.anna", "make"))["cookie"])
    many = copy_database(few, "bench_consent_many")
    for database, consents in ((few, FEW), (many, MANY)):
        begin = time.monotonic()
        make_crowd(database.owner_url, consents)
        database.settle()
        sys.stdout.write(f"{consents:,} consents made in {time.monotonic() - begin:.0f} s\n")
    return few, many, cookie


def _count_queries(database: BenchDatabase) -> dict[str, int]:
    counts = json.loads(_run(database, "-m", "tests.bench.consent.anna", "queries", *PAGES))
    return dict(zip(PAGES, counts, strict=True))


def _run(database: BenchDatabase, *command: str) -> str:
    """Run Python in the environment of a database and return the last line that it says."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=BASE,
        env={**os.environ, **database.environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip().rpartition("\n")[2]


def _ask_in_turns(path: str, sizes: list[Size], cookie: str) -> None:
    """Ask both for a page so many times, in turns, because the machine's speed drifts."""
    for number in range(WARM_UP + REQUESTS):
        for size in sizes if number % 2 else reversed(sizes):
            milliseconds = _ask(size.connection, path, cookie)
            if number >= WARM_UP:
                size.took[path].append(milliseconds)


def _ask(connection: HTTPConnection, path: str, cookie: str) -> float:
    """Return the milliseconds of one request; fail when the page was not there."""
    begin = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie, "X-Forwarded-Proto": "https"})
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - begin) * 1000
    if answer.status != 200:
        raise SystemExit(f"{path} answers {answer.status}.")
    return took


def _told(few: Size, many: Size) -> list[dict[str, Any]]:
    sys.stdout.write(f"\n{'':<14}{'consents':>12}{'p50 ms':>9}{'p95 ms':>9}{'goal':>7}{'queries':>9}\n")
    for path in PAGES:
        for size in (few, many):
            sys.stdout.write(
                f"{path if size is few else '':<14}{size.consents:>12,}{size.p50(path):>9.1f}{size.p95(path):>9.1f}"
                f"{GOAL_P95:>7.0f}{size.queries[path]:>9}\n"
            )
        sys.stdout.write(
            f"{'':<14}{'ratio':>12}{many.p50(path) / few.p50(path):>9.2f}{many.p95(path) / few.p95(path):>9.2f}\n"
        )
    return [
        {
            "case": path,
            "consents": [few.consents, many.consents],
            "p50_ms": [round(size.p50(path), 1) for size in (few, many)],
            "p95_ms": [round(size.p95(path), 1) for size in (few, many)],
            "ratio": round(many.p95(path) / few.p95(path), 3),
            "queries": [size.queries[path] for size in (few, many)],
        }
        for path in PAGES
    ]
