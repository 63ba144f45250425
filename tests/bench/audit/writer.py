"""Writers in a process of their own: each a thread with a connection, that commits one entry after the other.

At full speed an entry is made, logged by `append_entry` and committed, or written by the floor. At a pace the entries
are made beforehand and each is one statement, that of `append_clauses`: the writers stand for machines of their own,
and the processors of this one must be left to the database and the sequencer.

Started by the bench with what to do as JSON in its argument; begins at the first line on its input, and writes one JSON
object. Needs Django's environment set.
"""

import json
import math
import sys
import threading
import time
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 the apps must be loaded
from uuid_utils.compat import uuid7  # noqa: E402

from audit.entry import Entry, PreparedEntry, seal_entry  # noqa: E402
from audit.search_columns import SEARCH_COLUMNS  # noqa: E402
from audit.services.append import append_clauses, append_entry  # noqa: E402
from tests.audit.log import an_entry  # noqa: E402

# Sealed before the run: the floor writes the bytes that ours writes, and does not make them.
READY_MADE = 64
FLOOR_COLUMNS = ("entry_id", "salt", "canonical", "user_salt", "user_sealed", *SEARCH_COLUMNS)


@dataclass(frozen=True, slots=True)
class Task:
    """What the writers of one process do, for `seconds`: `ours` or the floor at full speed, or ours at a `rate` each.

    At a rate they tell which entry was committed when.
    """

    ours: bool
    writers: int
    seconds: float
    rate: float = 0


@dataclass(slots=True)
class Written:
    """Latencies in milliseconds, and (entry id, moment of commit on the clock of this machine)."""

    latencies: list[float]
    moments: list[tuple[str, float]]


def main() -> None:
    task = Task(**json.loads(sys.argv[1]))
    written = [Written([], []) for _ in range(task.writers)]
    ready, go = threading.Barrier(task.writers + 1), threading.Event()
    threads = [threading.Thread(target=_write, args=(task, one, ready, go)) for one in written]
    for thread in threads:
        thread.start()
    ready.wait()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    started = time.process_time()
    go.set()
    for thread in threads:
        thread.join()
    said: dict[str, Any] = {
        "latencies": [latency for one in written for latency in one.latencies],
        "moments": [moment for one in written for moment in one.moments],
        "cpu": time.process_time() - started,
    }
    sys.stdout.write(json.dumps(said))


def _write(task: Task, written: Written, ready: threading.Barrier, go: threading.Event) -> None:
    prepared = [seal_entry(_entry()) for _ in range(math.ceil(task.rate * task.seconds) or READY_MADE)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    ready.wait()
    go.wait()
    if task.rate:
        _write_at_a_pace(task, prepared, written)
    else:
        _write_at_full_speed(task, prepared, written)
    connection.close()


def _write_at_full_speed(task: Task, prepared: list[PreparedEntry], written: Written) -> None:
    end = time.perf_counter() + task.seconds
    for entry in cycle(prepared):
        begun = time.perf_counter()
        if begun >= end:
            return
        if task.ours:
            _append()
        else:
            _insert(entry)
        written.latencies.append((time.perf_counter() - begun) * 1000)


def _write_at_a_pace(task: Task, prepared: list[PreparedEntry], written: Written) -> None:
    """Commit each at its moment; who is late goes on at once, and what is not committed in time is left."""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for number, entry in enumerate(prepared):
            clauses, params = append_clauses(entry, source="(SELECT) AS always")
            now = time.perf_counter() - begun
            if now >= task.seconds:
                return
            time.sleep(max(0.0, number / task.rate - now))
            cursor.execute(f"WITH {clauses} SELECT", params)
            written.moments.append((str(entry.entry.id), time.time()))


def _entry() -> Entry:
    """An access as a release logs it."""
    return an_entry(
        purpose_version=uuid7(),
        consent=uuid7(),
        consent_version=3,
        request=uuid7(),
        release=uuid7(),
        legal_basis="consent",
        case="Z-2026-0815",
        department="Social affairs",
        verdicts=tuple({"code": code, "holds": True, "params": {}} for code in ("consent-given", "in-window", "case")),
    )


def _append() -> UUID:
    with transaction.atomic():
        return append_entry(_entry()).id


def _insert(prepared: PreparedEntry) -> UUID:
    """The floor: the same bytes, in as many rows, by plain INSERTs into tables that have a primary key and no more."""
    entry, entry_id = prepared.entry, uuid7()
    record = {
        "entry_id": entry_id,
        "salt": prepared.salt,
        "canonical": prepared.canonical,
        "user_salt": prepared.user_salt,
        "user_sealed": entry.user_sealed,
        **{column: getattr(entry, column) for column in SEARCH_COLUMNS},
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_floor_entry VALUES (%s, %s)", [entry_id, prepared.commitment])
        cursor.execute(_FLOOR_RECORD, [record[column] for column in FLOOR_COLUMNS])
        cursor.execute("INSERT INTO bench_floor_pending VALUES (%s, %s)", [entry_id, prepared.commitment])
    return entry_id


_FLOOR_RECORD = (
    f"INSERT INTO bench_floor_record ({', '.join(chr(34) + column + chr(34) for column in FLOOR_COLUMNS)})"  # noqa: S608
    f" VALUES ({', '.join(['%s'] * len(FLOOR_COLUMNS))})"
)


if __name__ == "__main__":
    main()
