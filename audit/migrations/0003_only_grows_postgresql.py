"""PostgreSQL refuses to change what was logged, whoever asks.

The triggers are statement-level, so that a statement that would touch no row is refused too, and ENABLE ALWAYS,
so that `session_replication_role` does not switch them off. Who may drop them is the owner, and that leaves a
trace in the tree. Grants (`manage.py grant_roles`) come on top: they keep out everyone but the owner.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ONLY_GROWS = ("audit_entry", "audit_leaf", "audit_tile", "audit_checkpoint")

REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""

# By name and not by membership: a superuser is a member of every role. So erasing takes
# SET ROLE deelwijs_eraser, which nobody does by mistake.
REFUSE_UNLESS_ERASER = """
CREATE FUNCTION audit_refuse_unless_eraser() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'deelwijs_eraser' THEN
        RAISE EXCEPTION 'only deelwijs_eraser may delete from %', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$
"""

REFUSE_TO_SHRINK = """
CREATE FUNCTION audit_refuse_to_shrink() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size <= OLD.size OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'the log only grows: a head of size % cannot follow one of size %', NEW.size, OLD.size
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

TRIGGERS = [
    *[
        ("only_grows", table, "BEFORE UPDATE OR DELETE OR TRUNCATE", "STATEMENT", "audit_refuse")
        for table in ONLY_GROWS
    ],
    ("never_changes", "audit_record", "BEFORE UPDATE OR TRUNCATE", "STATEMENT", "audit_refuse"),
    ("only_erased_by_rule", "audit_record", "BEFORE DELETE", "STATEMENT", "audit_refuse_unless_eraser"),
    ("stays", "audit_log_head", "BEFORE DELETE OR TRUNCATE", "STATEMENT", "audit_refuse"),
    ("only_grows", "audit_log_head", "BEFORE UPDATE", "ROW", "audit_refuse_to_shrink"),
    ("only_taken_by_delete", "audit_pending", "BEFORE UPDATE OR TRUNCATE", "STATEMENT", "audit_refuse"),
]


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for function in (REFUSE, REFUSE_UNLESS_ERASER, REFUSE_TO_SHRINK):
        schema_editor.execute(function, params=None)
    for name, table, when, each, function in TRIGGERS:
        schema_editor.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()")
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, table, *_ in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
    for function in ("audit_refuse", "audit_refuse_unless_eraser", "audit_refuse_to_shrink"):
        schema_editor.execute(f"DROP FUNCTION {function}()")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_first_log_head")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
