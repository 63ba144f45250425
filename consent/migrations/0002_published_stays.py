"""The database refuses to change what citizens consented to (promise 5).

A published purpose version and its fields, and every dataset version, are refused update and delete on
PostgreSQL and on SQLite. Django rebuilds a table to alter it on SQLite, which drops its triggers: a later
migration that alters one of these tables must create them again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_IS_PUBLISHED = (
    "EXISTS (SELECT 1 FROM consent_purposeversion v WHERE v.id = {row}.version_id AND v.state = 'published')"
)

# Name, table, event, and when it is refused; OLD and NEW are the row before and after.
FROZEN = [
    ("version_never_changes", "consent_purposeversion", "UPDATE", "OLD.state = 'published'"),
    ("version_stays", "consent_purposeversion", "DELETE", "OLD.state = 'published'"),
    ("field_is_not_added", "consent_purposefield", "INSERT", _IS_PUBLISHED.format(row="NEW")),
    (
        "field_never_changes",
        "consent_purposefield",
        "UPDATE",
        f"{_IS_PUBLISHED.format(row='OLD')} OR {_IS_PUBLISHED.format(row='NEW')}",
    ),
    ("field_stays", "consent_purposefield", "DELETE", _IS_PUBLISHED.format(row="OLD")),
    ("dataset_version_never_changes", "consent_datasetversion", "UPDATE", "OLD.id = OLD.id"),
    ("dataset_version_stays", "consent_datasetversion", "DELETE", "OLD.id = OLD.id"),
]


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name, table, event, condition in FROZEN:
        message = f"{table}: what was published never changes, {event} is refused"
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION consent_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END IF;"
                f" RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$",
                params=None,
            )
            schema_editor.execute(
                f"CREATE TRIGGER consent_{name} BEFORE {event} ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION consent_{name}()"
            )
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER consent_{name}")
        else:
            schema_editor.execute(
                f"CREATE TRIGGER consent_{name} BEFORE {event} ON {table} WHEN {condition}"
                f" BEGIN SELECT RAISE(ABORT, '{message}'); END",
                params=None,
            )


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name, table, _event, _condition in FROZEN:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER consent_{name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION consent_{name}()")
        else:
            schema_editor.execute(f"DROP TRIGGER consent_{name}")


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
