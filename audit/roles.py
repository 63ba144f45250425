"""Who may do what to the tables, on PostgreSQL: the roles and their rights, as data.

The roles are groups without a login; an operator makes logins and puts them in (`GRANT deelwijs_app TO web`). The
owner of the tables migrates and does nothing else.
"""

from collections.abc import Collection, Mapping

APP = "deelwijs_app"
SEQUENCER = "deelwijs_sequencer"
ERASER = "deelwijs_eraser"
OVERSIGHT = "deelwijs_oversight"
ROLES = (APP, SEQUENCER, ERASER, OVERSIGHT)

Rights = Mapping[str, Collection[str]]
"""Verbs by role; what is not named is not granted."""

# On every table that is not the log's: deleting a citizen's rows is the service's daily work, emptying a table is not.
RIGHTS_ELSEWHERE: Rights = {APP: ("SELECT", "INSERT", "UPDATE", "DELETE")}

READ_BY_ALL: Rights = {APP: ("SELECT",), SEQUENCER: ("SELECT",), OVERSIGHT: ("SELECT",)}

LOG_RIGHTS: Mapping[str, Rights] = {
    "audit_entry": {**READ_BY_ALL, APP: ("SELECT", "INSERT")},
    # The sequencer never needs to know what an entry says.
    "audit_record": {
        APP: ("SELECT", "INSERT"),
        ERASER: ("SELECT", "DELETE"),
        OVERSIGHT: ("SELECT",),
    },
    "audit_pending": {**READ_BY_ALL, APP: ("SELECT", "INSERT"), SEQUENCER: ("SELECT", "DELETE")},
    "audit_leaf": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    "audit_tile": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    "audit_checkpoint": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    "audit_log_head": {**READ_BY_ALL, SEQUENCER: ("SELECT", "UPDATE")},
    # Not of the log but about it. Nobody deletes one: that it went on is news too.
    "audit_alarm": {
        APP: ("SELECT", "INSERT", "UPDATE"),
        SEQUENCER: ("SELECT", "INSERT", "UPDATE"),
        OVERSIGHT: ("SELECT",),
    },
    # What was found, and what was done with it, is never made to have been nothing.
    "audit_finding": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
    "audit_finding_note": {APP: ("SELECT", "INSERT"), OVERSIGHT: ("SELECT",)},
    "audit_pattern_rule": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
}

# Django's own table of applied migrations: the service reads it to see that none is missing.
MIGRATION_RIGHTS: Rights = {APP: ("SELECT",), SEQUENCER: ("SELECT",), OVERSIGHT: ("SELECT",)}


def rights_on(table: str) -> Rights:
    if table == "django_migrations":
        return MIGRATION_RIGHTS
    return LOG_RIGHTS.get(table, RIGHTS_ELSEWHERE)
