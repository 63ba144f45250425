"""The tables of the log have the triggers that keep rows from being changed."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

GUARDED_TABLES = frozenset(
    {
        "audit_entry",
        "audit_record",
        "audit_erasure",
        "audit_leaf",
        "audit_tile",
        "audit_checkpoint",
        "audit_log_head",
        "audit_cosignature",
        "audit_publication",
        "audit_watched_log",
        "audit_shown_fork",
        "audit_ended_log",
        "audit_timestamp",
    }
)


@register(Tags.database)
def check_guards(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Find tables of the log that lost their triggers; runs with `migrate` and `check --database`."""
    return [
        Error(
            f"Nothing in the database {alias} keeps the table {table} from being changed.",
            hint="Altering a table on SQLite drops its triggers, and an owner can drop them anywhere. Create them"
            " again as the audit migrations do, then run manage.py verify_log.",
            id="audit.E008",
        )
        for alias in databases or ()
        for table in sorted(_unguarded_tables(alias))
    ]


def _unguarded_tables(alias: str) -> frozenset[str]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        present = GUARDED_TABLES & set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            return _unguarded_on_postgresql(cursor, present)
        cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        return present - {table for (table,) in cursor.fetchall()}


def _unguarded_on_postgresql(cursor: Any, tables: frozenset[str]) -> frozenset[str]:
    """Find tables without a trigger, and partitions that lack one of those of their table.

    A trigger that `session_replication_role` switches off counts for nothing.
    """
    cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'")
    guards: dict[str, set[str]] = {}
    for table, trigger in cursor.fetchall():
        guards.setdefault(table, set()).add(trigger)
    cursor.execute("SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits")
    bare = {
        partition
        for partition, table in cursor.fetchall()
        if table in tables and not guards.get(table, set()) <= guards.get(partition, set())
    }
    return frozenset(bare | {table for table in tables if table not in guards})
