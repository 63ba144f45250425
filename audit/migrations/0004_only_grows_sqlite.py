"""SQLite refuses to change what was logged, by every road that SQL has.

INSERT OR REPLACE deletes the row in its way without firing delete triggers (unless a connection turns
`recursive_triggers` on, which nobody can rely on), so an insert whose key is taken is refused before it comes to
that: by each unique key, and by the hidden rowid. SQLite has no roles, so there is no eraser either.

Django rebuilds a table to alter it on SQLite, which drops its triggers: a later migration that alters one of these
tables must create them again. System check audit.E008 finds a table that lost them.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Table, and its unique keys.
ONLY_GROWS = {
    "audit_entry": ["id"],
    "audit_record": ["entry_id"],
    "audit_leaf": ["index", "entry_id"],
    "audit_tile": ["level index"],
    "audit_checkpoint": ["size"],
}


def _key_is_taken(key: str) -> str:
    return " AND ".join(f'"{column}" = NEW."{column}"' for column in key.split())


def triggers() -> dict[str, str]:
    """Name and SQL of every trigger."""
    made = {}
    for table, keys in ONLY_GROWS.items():
        taken = " OR ".join(f"({_key_is_taken(key)})" for key in [*keys, "rowid"])
        for verb in ("UPDATE", "DELETE"):
            made[f"{table}_refuses_{verb.lower()}"] = (
                f"BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} is refused'); END"
            )
        made[f"{table}_refuses_replace"] = (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) BEGIN "  # noqa: S608 names of ours
            f"SELECT RAISE(ABORT, '{table} only grows: the key is taken'); END"
        )
    made["audit_log_head_refuses_delete"] = (
        "BEFORE DELETE ON audit_log_head BEGIN SELECT RAISE(ABORT, 'audit_log_head only grows: DELETE is refused'); END"
    )
    made["audit_log_head_refuses_replace"] = (
        "BEFORE INSERT ON audit_log_head WHEN EXISTS (SELECT 1 FROM audit_log_head) BEGIN "
        "SELECT RAISE(ABORT, 'audit_log_head only grows: there is one head'); END"
    )
    made["audit_log_head_refuses_to_shrink"] = (
        "BEFORE UPDATE ON audit_log_head WHEN NEW.size <= OLD.size OR NEW.id <> OLD.id BEGIN "
        "SELECT RAISE(ABORT, 'the log only grows: its head cannot go back'); END"
    )
    made["audit_pending_refuses_update"] = (
        "BEFORE UPDATE ON audit_pending BEGIN "
        "SELECT RAISE(ABORT, 'a pending entry never changes: UPDATE is refused'); END"
    )
    return made


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return
    for name, body in triggers().items():
        schema_editor.execute(f"CREATE TRIGGER {name} {body}", params=None)


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return
    for name in triggers():
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_only_grows_postgresql")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
