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
    # Erasing is an entry too, which the eraser itself writes in the same transaction.
    "audit_entry": {**READ_BY_ALL, APP: ("SELECT", "INSERT"), ERASER: ("SELECT", "INSERT")},
    # The sequencer never needs to know what an entry says.
    "audit_record": {
        APP: ("SELECT", "INSERT"),
        ERASER: ("SELECT", "INSERT", "DELETE"),
        OVERSIGHT: ("SELECT",),
    },
    "audit_pending": {
        **READ_BY_ALL,
        APP: ("SELECT", "INSERT"),
        SEQUENCER: ("SELECT", "DELETE"),
        ERASER: ("SELECT", "INSERT"),
    },
    "audit_erasure": {APP: ("SELECT",), ERASER: ("SELECT", "INSERT"), OVERSIGHT: ("SELECT",)},
    "audit_erasure_order": {
        APP: ("SELECT", "INSERT", "UPDATE"),
        ERASER: ("SELECT", "UPDATE"),
        OVERSIGHT: ("SELECT",),
    },
    "audit_hold": {APP: ("SELECT", "INSERT", "UPDATE"), ERASER: ("SELECT",), OVERSIGHT: ("SELECT",)},
    "audit_leaf": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    "audit_tile": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    "audit_checkpoint": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    "audit_log_head": {**READ_BY_ALL, SEQUENCER: ("SELECT", "UPDATE")},
    # What stays of a deferral is that there was one.
    "audit_deferral": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
    # The publisher signs in as the sequencer does. It needs no key of ours.
    "audit_cosignature": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    "audit_publication": {**READ_BY_ALL, SEQUENCER: ("SELECT", "INSERT")},
    # What we cosigned of the logs of others: the web service does it, for whoever asks.
    "audit_watched_log": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
    "audit_shown_fork": {APP: ("SELECT", "INSERT"), OVERSIGHT: ("SELECT",)},
    # Only the owner ends a log.
    "audit_ended_log": READ_BY_ALL,
    "audit_timestamp": {**READ_BY_ALL, APP: ("SELECT", "INSERT")},
    # Not of the log but about it. Nobody deletes one: that it went on is news too.
    "audit_monitor_place": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
    "audit_verification_run": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
    "audit_alarm": {
        APP: ("SELECT", "INSERT", "UPDATE"),
        SEQUENCER: ("SELECT", "INSERT", "UPDATE"),
        OVERSIGHT: ("SELECT",),
    },
    # What a citizen contests stays as long as what was answered to it. The eraser sees what waits for an answer.
    "audit_contest": {
        APP: ("SELECT", "INSERT", "UPDATE"),
        ERASER: ("SELECT",),
        OVERSIGHT: ("SELECT",),
    },
    # What was found, and what was done with it, is never made to have been nothing.
    "audit_finding": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
    "audit_finding_note": {APP: ("SELECT", "INSERT"), OVERSIGHT: ("SELECT",)},
    "audit_pattern_rule": {APP: ("SELECT", "INSERT", "UPDATE"), OVERSIGHT: ("SELECT",)},
}

# Functions that do for a role what it has no right to do itself; nobody else may call them.
FUNCTION_RIGHTS: Mapping[str, Collection[str]] = {"audit_make_partitions(integer)": (APP,)}

# Django's own table of applied migrations: the service reads it to see that none is missing.
MIGRATION_RIGHTS: Rights = {APP: ("SELECT",), SEQUENCER: ("SELECT",), OVERSIGHT: ("SELECT",)}


def rights_on(table: str) -> Rights:
    if table == "django_migrations":
        return MIGRATION_RIGHTS
    return LOG_RIGHTS.get(table, RIGHTS_ELSEWHERE)
