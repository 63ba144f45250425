"""Reads leaves with their entries and records, as fast as they can be read, and tells which of them disagree.

A verification is this reading and little else. So rows come as plain values, agreement is decided by one comparison
a row, and only a row that does not agree is read as a model and looked at by `row_checks`, which says what happened.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection

from audit.entry import ENTRY_DOMAIN, KEPT_BACK, SCHEMA_VERSION, commit_to_user
from audit.models import Leaf, LoggedEntry, Record
from audit.search_columns import SEARCH_COLUMNS
from audit.verification.discrepancy import Altered, Discrepancy
from audit.verification.erasures import check_missing_record, erasures_of
from audit.verification.row_checks import check_leaf

LEAVES_AT_ONCE = 8192

# Index, entry id as text, leaf hash, commitment or None, then those of the record or None.
LeafRow = tuple[Any, ...]
_SALT, _CANONICAL, _USER_SALT, _USER_SEALED, _AT, _COLUMNS, _KEPT_BACK = 4, 5, 6, 7, 8, 9, -2

# Of these the text says it by their own names. The last two columns are said together, in the details.
_KEPT_BACK_COLUMNS = ("deferral", "deferred_until")
_searched = [column for column in SEARCH_COLUMNS if column not in ("at", *_KEPT_BACK_COLUMNS)]


def _camel_case(column: str) -> str:
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)


_read = json.JSONDecoder().raw_decode
_said_of_columns = itemgetter(*map(_camel_case, _searched))


def _said_of_keeping_back(said: dict[str, Any]) -> tuple[str | None, datetime | None]:
    kept_back = said["details"].get(KEPT_BACK)
    return (None, None) if kept_back is None else (kept_back["by"], datetime.fromisoformat(kept_back["until"]))


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """The leaf hashes up to the first row that is not as it was written, joined, and how many records are erased."""

    leaf_hashes: bytes
    erased: int
    discrepancy: Discrepancy | None


def check_rows(first: int, end: int) -> CheckedRows:
    """Check the leaves from `first` up to and without `end`, each against its entry and record."""
    hashes: list[bytes] = []
    # Leaves without a record, by their place in the batch.
    erased: dict[int, UUID] = {}
    discrepancy = None
    try:
        for row in _rows(first, end):
            if row[0] != first + len(hashes):
                break
            if not _agrees(row):
                _explain(row[0])
            if row[_SALT] is None:
                erased[len(hashes)] = UUID(row[1])
            hashes.append(row[2])
        if len(hashes) < end - first:
            raise Altered(
                "leaf-missing",
                f"leaf {first + len(hashes)}",
                "The head of the log counts it, and it is not there: it was deleted.",
            )
    except Altered as altered:
        discrepancy = altered.discrepancy
    # An earlier leaf than the one above may lack its record, and what comes first is named.
    erasures = erasures_of(erased.values())
    for place, entry_id in erased.items():
        try:
            check_missing_record(entry_id, erasures)
        except Altered as altered:
            before = sum(earlier < place for earlier in erased)
            return CheckedRows(b"".join(hashes[:place]), before, altered.discrepancy)
    return CheckedRows(b"".join(hashes), len(erased), discrepancy)


def _agrees(row: LeafRow) -> bool:
    """Tell whether leaf, entry and record are all made from the same text."""
    commitment = row[3]
    if commitment is None or sha256(b"\x00" + commitment).digest() != row[2]:
        return False
    salt, canonical = row[_SALT], row[_CANONICAL]
    if salt is None:
        return True
    if sha256(ENTRY_DOMAIN + salt + canonical).digest() != commitment:
        return False
    try:
        # Not `loads`: guessing the encoding and looking for blanks take a quarter of the time.
        said, _end = _read(canonical.decode())
        return bool(
            said["id"] == row[1]
            and said["schema"] == SCHEMA_VERSION
            and _said_of_columns(said) == row[_COLUMNS:_KEPT_BACK]
            and _said_of_keeping_back(said) == row[_KEPT_BACK:]
            and datetime.fromisoformat(said["at"]) == row[_AT]
            and said["user"] == commit_to_user(row[_USER_SALT], row[_USER_SEALED])
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _explain(index: int) -> None:
    """Raise Altered for what is wrong with a leaf; an erasure that came between the two looks is nothing wrong."""
    leaf = Leaf.objects.get(index=index)
    check_leaf(
        leaf,
        LoggedEntry.objects.filter(id=leaf.entry_id).first(),
        Record.objects.filter(entry_id=leaf.entry_id).first(),
    )


def _rows(first: int, end: int) -> Iterator[LeafRow]:
    return _joined_rows(first, end) if connection.vendor == "postgresql" else _rows_by_table(first, end)


def _joined_rows(first: int, end: int) -> Iterator[LeafRow]:
    connection.ensure_connection()
    # Psycopg's own cursor: as text, bytes would travel as twice as many characters.
    with connection.connection.cursor(binary=True) as cursor:
        cursor.execute(_joined_sql(), (first, end))
        yield from cursor


@cache
def _joined_sql() -> str:
    columns = ", ".join(
        f'r."{column}"::text' if kind == "uuid" else f'r."{column}"' for column, kind in SEARCH_COLUMNS.items()
    )
    # The LIMIT makes each a look-up by its key, whatever the planner thinks: a merge would begin at the first row of
    # the log for every batch. Every part is a name from this program.
    return (
        "SELECT l.index, l.entry_id::text, l.leaf_hash, e.commitment,"  # noqa: S608
        f" r.salt, r.canonical, r.user_salt, r.user_sealed, {columns} FROM audit_leaf l"
        " LEFT JOIN LATERAL (SELECT * FROM audit_entry WHERE id = l.entry_id LIMIT 1) e ON true"
        " LEFT JOIN LATERAL (SELECT * FROM audit_record WHERE entry_id = l.entry_id LIMIT 1) r ON true"
        " WHERE l.index >= %s AND l.index < %s ORDER BY l.index"
    )


def _rows_by_table(first: int, end: int) -> Iterator[LeafRow]:
    """Read the same where no such join is at hand: SQLite gives ids and times as text of its own."""
    leaves = list(Leaf.objects.filter(index__gte=first, index__lt=end).order_by("index"))
    entry_ids = [leaf.entry_id for leaf in leaves]
    entries, records = LoggedEntry.objects.in_bulk(entry_ids), Record.objects.in_bulk(entry_ids)
    for leaf in leaves:
        entry, record = entries.get(leaf.entry_id), records.get(leaf.entry_id)
        yield (
            leaf.index,
            str(leaf.entry_id),
            bytes(leaf.leaf_hash),
            None if entry is None else bytes(entry.commitment),
            *(_record_values(record) if record else [None] * (4 + len(SEARCH_COLUMNS))),
        )


def _record_values(record: Record) -> list[Any]:
    columns = [getattr(record, column) for column in _searched]
    return [
        *(bytes(value) for value in (record.salt, record.canonical, record.user_salt, record.user_sealed)),
        record.at,
        *(str(value) if isinstance(value, UUID) else value for value in columns),
        None if record.deferral is None else str(record.deferral),
        record.deferred_until,
    ]
