"""Add an entry to the log, in the transaction of what it stands for.

Three rows: the entry, its readable record, and the pending row that the sequencer turns into a leaf. No lock is
shared between requests, and on PostgreSQL the three are one statement: a caller that must log exactly if its own
update took something puts `append_clauses` into that very statement.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from audit.entry import Entry, PreparedEntry, seal_entry
from audit.errors import LogNotWritable
from audit.models import LoggedEntry, Pending, Record
from audit.search_columns import SEARCH_COLUMNS
from audit.signing.promise_key import promise_for
from audit.tree.merkle import hash_leaf


@dataclass(frozen=True, slots=True)
class AppendedEntry:
    """What the log now holds; `leaf_hash` is what its inclusion proof will start from."""

    id: UUID
    commitment: bytes
    leaf_hash: bytes

    def promise(self) -> str:
        """Sign for the accessor that it gets its place in time. Raise PromiseKeyUnusable."""
        return promise_for(self.id, self.leaf_hash)


# With their types in PostgreSQL.
_RECORD_COLUMNS = {
    "entry_id": "uuid",
    "salt": "bytea",
    "canonical": "bytea",
    "user_salt": "bytea",
    "user_sealed": "bytea",
    **SEARCH_COLUMNS,
}


def append_entry(entry: Entry) -> AppendedEntry:
    """Log an entry in the current transaction.

    Raise LogNotWritable (503) if the database refuses; the caller then releases nothing and lets its transaction
    roll back. Raise UnknownAction, NotCanonical or ValueError as `seal_entry` does.
    """
    prepared = seal_entry(entry)
    try:
        if connection.vendor == "postgresql":
            clauses, params = append_clauses(prepared, source="(SELECT) AS always")
            with connection.cursor() as cursor:
                cursor.execute(f"WITH {clauses} SELECT", params)
        else:
            _insert_rows(prepared)
    except DatabaseError as error:
        raise LogNotWritable(_("Nothing was done, because it could not be logged.")) from error
    return appended(prepared)


def appended(prepared: PreparedEntry) -> AppendedEntry:
    """Say what the log holds once the rows of `prepared` are in it."""
    return AppendedEntry(prepared.entry.id, prepared.commitment, hash_leaf(prepared.commitment))


def append_clauses(prepared: PreparedEntry, source: str) -> tuple[str, dict[str, Any]]:
    """Return the WITH clauses that log an entry if, and only if, `source` yields its one row.

    For PostgreSQL. `source` is what may stand after FROM: the name of a clause of the caller's own statement
    (`WITH taken AS (UPDATE … RETURNING …), ` + clauses + …), or a relation. The clauses are called `entry_row`,
    `record_row` and `pending_row`; `pending_row` returns `entry_id`. The text is the same for every entry, so that
    it can be a prepared statement; the parameters are named, and begin with `audit_`. A `source` of two rows
    breaks the primary key and with it the statement: one entry stands for one event.
    """
    return _append_sql(source), _append_params(prepared)


@cache
def _append_sql(source: str) -> str:
    columns = ", ".join(f'"{column}"' for column in _RECORD_COLUMNS)
    values = ", ".join(f"%(audit_{column})s::{kind}" for column, kind in _RECORD_COLUMNS.items())
    # Every part is a name from this program; what people wrote travels as a parameter.
    return (
        f"entry_row AS (INSERT INTO audit_entry (id, commitment)"  # noqa: S608
        f" SELECT %(audit_entry_id)s::uuid, %(audit_commitment)s::bytea FROM {source}),"
        f" record_row AS (INSERT INTO audit_record ({columns}) SELECT {values} FROM {source}),"
        f" pending_row AS (INSERT INTO audit_pending (entry_id, commitment)"
        f" SELECT %(audit_entry_id)s::uuid, %(audit_commitment)s::bytea FROM {source} RETURNING entry_id)"
    )


def _append_params(prepared: PreparedEntry) -> dict[str, Any]:
    entry = prepared.entry
    params = {f"audit_{column}": getattr(entry, column) for column in SEARCH_COLUMNS}
    params["audit_entry_id"] = entry.id
    params["audit_commitment"] = prepared.commitment
    params["audit_salt"] = prepared.salt
    params["audit_canonical"] = prepared.canonical
    params["audit_user_salt"] = prepared.user_salt
    params["audit_user_sealed"] = entry.user_sealed
    return params


def _insert_rows(prepared: PreparedEntry) -> None:
    entry = prepared.entry
    with transaction.atomic():
        LoggedEntry.objects.create(id=entry.id, commitment=prepared.commitment)
        Record.objects.create(
            entry_id=entry.id,
            salt=prepared.salt,
            canonical=prepared.canonical,
            user_salt=prepared.user_salt,
            user_sealed=entry.user_sealed,
            **{column: getattr(entry, column) for column in SEARCH_COLUMNS},
        )
        Pending.objects.create(entry_id=entry.id, commitment=prepared.commitment)
