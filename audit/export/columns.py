"""The columns of an export: everything that an entry says, and beside codes the words for them.

The same in CSV and in Parquet, so that who knows one knows the other. What one entry can have several of is a list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from audit.canonical import canonical_json
from audit.export.row import Row

Kind = Literal["text", "moment", "number", "switch", "texts"]


@dataclass(frozen=True, slots=True)
class Column:
    """A name that never changes its meaning, what it holds, and how it is read; None where it does not apply."""

    name: str
    kind: Kind
    read: Callable[[Row], Any]


def _of_entry(name: str, kind: Kind = "text") -> Column:
    return Column(name, kind, lambda row: getattr(row.entry, name))


def _id_of_entry(name: str) -> Column:
    def read(row: Row) -> str | None:
        value = getattr(row.entry, name)
        return None if value is None else str(value)

    return Column(name, "text", read)


COLUMNS: tuple[Column, ...] = (
    Column("entry", "text", lambda row: str(row.entry.id)),
    Column("place", "number", lambda row: row.described.leaf_index),
    _of_entry("at", "moment"),
    _of_entry("action"),
    Column("action_title", "text", lambda row: str(row.described.action_title)),
    _of_entry("outcome"),
    _of_entry("reason"),
    Column("reason_sentence", "text", lambda row: row.described.reason_sentence),
    _of_entry("organisation"),
    Column("organisation_name", "text", lambda row: row.described.organisation_name),
    _of_entry("role"),
    Column("role_title", "text", lambda row: row.described.role_title),
    _of_entry("department"),
    _of_entry("subject"),
    _of_entry("acting_for"),
    _of_entry("purpose"),
    _id_of_entry("purpose_version"),
    Column("purpose_title", "text", lambda row: row.described.purpose_title),
    Column("processing_activity", "text", lambda row: row.activity),
    _of_entry("legal_basis"),
    _id_of_entry("consent"),
    _of_entry("consent_version", "number"),
    _id_of_entry("request"),
    _id_of_entry("release"),
    _of_entry("case"),
    Column("fields", "texts", lambda row: list(row.entry.fields)),
    Column("field_titles", "texts", lambda row: [field.title for field in row.described.fields]),
    Column("verdicts", "texts", lambda row: [canonical_json(dict(one)).decode() for one in row.entry.verdicts]),
    Column("verdict_sentences", "texts", lambda row: [one.sentence for one in row.described.verdicts]),
    _of_entry("source"),
    _of_entry("override", "switch"),
    _id_of_entry("related"),
    _of_entry("trace_id"),
    _of_entry("span_id"),
    _of_entry("parent_span_id"),
    _of_entry("fsc_transaction_id"),
    Column("details", "text", lambda row: canonical_json(dict(row.entry.details)).decode()),
    Column("details_sentence", "text", lambda row: row.described.details_said),
)
