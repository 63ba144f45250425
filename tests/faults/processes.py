"""Processes that are really killed, at a moment that the test chooses."""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from tests.conftest import TestDatabase

BASE = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


def until(what: Callable[[], object]) -> None:
    """Wait until `what` is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Fork:
    """A copy of this process that does one piece of work, with connections of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        # The copy would talk on the same connections.
        connections.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                work()
                status = 0
            except BaseException:  # noqa: BLE001 it may not go on with the test
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(status)

    def kill(self) -> None:
        """End it with SIGKILL, in the middle of what it does."""
        os.kill(self._pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL, "it had ended by itself"

    def runs(self) -> bool:
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def finish(self) -> None:
        """Wait for its end, and see that it went well."""
        assert self.wait() == 0, "it failed"

    def wait(self) -> int:
        """Wait for its end, and return its status: the negative number of the signal that ended it, if one did."""
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


@contextmanager
def web(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the service's own web server, behind a proxy that tells that people come by https."""
    command = [
        str(Path(sys.executable).parent / "granian"),
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        "--workers=1",
        "--blocking-threads=2",
        "--no-ws",
        "--log-level=warning",
        "deploy.wsgi:application",
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "deploy.settings", "PROXY_TELLS_HTTPS": "true"}
    process = subprocess.Popen(command, cwd=BASE, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


# --- What they wait for -------------------------------------------------------------------------------------------


@contextmanager
def locked(database: TestDatabase, statement: str, *params: object) -> "Iterator[psycopg.Connection[Any]]":
    """Hold the locks that a statement takes, so that a process stops where it needs them, until the block ends."""
    with database.connect() as connection, connection.transaction():
        connection.execute(statement, params)
        yield connection


def waits(connection: "psycopg.Connection[Any]") -> bool:
    """Tell whether some process waits for a lock of this connection."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    return connection.execute(waiting).fetchone() != (0,)


def until_alone(database: TestDatabase) -> None:
    """Wait until the database has noticed that who used it is dead, and has undone what was not committed."""
    connections.close_all()
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with database.connect() as connection:
        until(lambda: connection.execute(others).fetchone() == (0,))
