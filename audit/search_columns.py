"""What a record repeats of its entry for searching: attributes of `Entry`, with their types in PostgreSQL."""

SEARCH_COLUMNS = {
    "at": "timestamptz",
    "action": "text",
    "outcome": "text",
    "reason": "text",
    "subject": "text",
    "organisation": "text",
    "role": "text",
    "purpose": "text",
    "purpose_version": "uuid",
    "consent": "uuid",
    "request": "uuid",
    "case": "text",
    "trace_id": "text",
    "deferral": "uuid",
    "deferred_until": "timestamptz",
}
