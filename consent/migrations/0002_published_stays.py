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


# On SQLite, INSERT OR REPLACE deletes the row in its way without a delete trigger, by its id, its hidden rowid or
# another unique key. So an insert whose key is a published one's is refused before it comes to that.
_VERSION_TAKEN = (
    "EXISTS (SELECT 1 FROM consent_purposeversion v WHERE v.state = 'published' AND"
    " (v.id = NEW.id OR v.rowid = NEW.rowid OR (v.purpose_id = NEW.purpose_id AND v.number = NEW.number)))"
)
_FIELD_TAKEN = (
    "EXISTS (SELECT 1 FROM consent_purposefield f JOIN consent_purposeversion v ON v.id = f.version_id"
    " WHERE v.state = 'published' AND (f.id = NEW.id OR f.rowid = NEW.rowid))"
)
_DATASET_VERSION_TAKEN = (
    "EXISTS (SELECT 1 FROM consent_datasetversion v"
    " WHERE v.id = NEW.id OR v.rowid = NEW.rowid OR (v.dataset_id = NEW.dataset_id AND v.number = NEW.number))"
)
NOT_REPLACED = [
    ("version_is_not_replaced", "consent_purposeversion", "INSERT", _VERSION_TAKEN),
    ("field_is_not_replaced", "consent_purposefield", "INSERT", _FIELD_TAKEN),
    ("dataset_version_is_not_replaced", "consent_datasetversion", "INSERT", _DATASET_VERSION_TAKEN),
]

# On PostgreSQL, TRUNCATE fires no row trigger.
NOT_TRUNCATED = ("consent_purposeversion", "consent_purposefield", "consent_datasetversion")


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        _create_on_postgresql(schema_editor)
        return
    for name, table, event, condition in [*FROZEN, *NOT_REPLACED]:
        schema_editor.execute(
            f"CREATE TRIGGER consent_{name} BEFORE {event} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{_refusal(table, event)}'); END",
            params=None,
        )


def _create_on_postgresql(schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name, table, event, condition in FROZEN:
        schema_editor.execute(
            f"CREATE FUNCTION consent_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {condition} THEN"
            f" RAISE EXCEPTION '{_refusal(table, event)}' USING ERRCODE = 'restrict_violation'; END IF;"
            f" RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER consent_{name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION consent_{name}()"
        )
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER consent_{name}")
    schema_editor.execute(
        "CREATE FUNCTION consent_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '%: what was published never changes, TRUNCATE is refused', TG_TABLE_NAME"
        " USING ERRCODE = 'restrict_violation'; END $$",
        params=None,
    )
    for table in NOT_TRUNCATED:
        schema_editor.execute(
            f"CREATE TRIGGER consent_is_not_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse_truncate()"
        )
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER consent_is_not_truncated")


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        for name, *_rest in [*FROZEN, *NOT_REPLACED]:
            schema_editor.execute(f"DROP TRIGGER consent_{name}")
        return
    for name, table, *_rest in FROZEN:
        schema_editor.execute(f"DROP TRIGGER consent_{name} ON {table}")
        schema_editor.execute(f"DROP FUNCTION consent_{name}()")
    for table in NOT_TRUNCATED:
        schema_editor.execute(f"DROP TRIGGER consent_is_not_truncated ON {table}")
    schema_editor.execute("DROP FUNCTION consent_refuse_truncate()")


def _refusal(table: str, event: str) -> str:
    return f"{table}: what was published never changes, {event} is refused"


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
