"""A log to test with: entries that say little, appended and sequenced as the service's own roles do it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from audit.actions import Action, register
from audit.entry import Entry
from audit.roles import SEQUENCER
from audit.services.append import AppendedEntry, append_entry
from audit.services.sequence import Sequenced, sequence_pending
from deploy.private_services import OWNER

HAPPENED = register(Action(name="test.happened", title="Something happened"))

ANNA = "a" * 64
BRAM = "b" * 64
MUNICIPALITY = "00000001001234567000"
POLICE = "00000004000000001000"

GUARDED = ["entry", "record", "erasure", "leaf", "tile", "checkpoint", "log_head", "pending", "ended_log", "timestamp"]

VECTORS = Path(__file__).parent / "vectors"


def vectors(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def an_entry(**changes: Any) -> Entry:
    """An access by the municipality to Anna's data, unless said otherwise."""
    said: dict[str, Any] = {
        "action": HAPPENED.name,
        "outcome": "allowed",
        "subject": ANNA,
        "organisation": MUNICIPALITY,
        "role": "requester",
        "user_sealed": b"the sealed name of Daan",
        "purpose": "energy-allowance",
        "fields": ("income#/amount",),
    }
    return Entry(**said | changes)


def append(number: int = 1, **changes: Any) -> list[AppendedEntry]:
    return [append_entry(an_entry(**changes)) for _ in range(number)]


def sequence(*, limit: int = 10_000) -> Sequenced:
    """One tick of the sequencer, under its own role."""
    with signed_in_as(SEQUENCER):
        return sequence_pending(limit=limit)


def grow(number: int, **changes: Any) -> list[AppendedEntry]:
    """Append entries and give them their places."""
    appended = append(number, **changes)
    sequence()
    return appended


@contextmanager
def signed_in_as(role: str) -> Iterator[None]:
    """Let Django use another role's login. SQLite has no roles, and nothing changes."""
    if connection.vendor != "postgresql":
        yield
        return
    settings = connection.settings_dict
    before = settings["USER"]
    connection.close()
    settings["USER"] = role if role == OWNER else f"{role}_login"
    try:
        yield
    finally:
        connection.close()
        settings["USER"] = before


@contextmanager
def all_powerful() -> Iterator[None]:
    """Sign in as the owner and take the triggers away."""
    with signed_in_as(OWNER):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                for table in GUARDED:
                    # A table in partitions has triggers on each of them.
                    cursor.execute("SELECT relid::regclass FROM pg_partition_tree(%s)", [f"audit_{table}"])
                    for (guarded,) in cursor.fetchall() or [(f"audit_{table}",)]:
                        cursor.execute(f"ALTER TABLE {guarded} DISABLE TRIGGER USER")
            else:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")
        yield
