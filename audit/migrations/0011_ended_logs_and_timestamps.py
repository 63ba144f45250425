"""Logs that were ended, and timestamps of checkpoints. The database refuses to change both, as it does the log."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models.functions import Length
from django.db.models.lookups import Exact

# Table, and its unique keys.
ONLY_GROWS = {"audit_ended_log": ("size", "origin", "entry_id"), "audit_timestamp": ("size",)}


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table, keys in ONLY_GROWS.items():
        statements = (
            _in_postgresql(table) if schema_editor.connection.vendor == "postgresql" else _in_sqlite(table, keys)
        )
        for statement in statements:
            schema_editor.execute(statement, params=None)


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # They go with their tables, which the step before this one removes.
    return


def _in_postgresql(table: str) -> list[str]:
    # As 0003 does: for each statement, and ALWAYS, so that `session_replication_role` does not switch them off.
    return [
        f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_grows",
    ]


def _in_sqlite(table: str, keys: tuple[str, ...]) -> list[str]:
    # As 0004 does: INSERT OR REPLACE would delete the row in its way without a delete trigger.
    taken = " OR ".join(f'"{key}" = NEW."{key}"' for key in (*keys, "rowid"))
    return [
        *(
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} is refused'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table}"  # noqa: S608 names of ours
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})"
        f" BEGIN SELECT RAISE(ABORT, '{table} only grows: the key is taken'); END",
    ]


class Migration(migrations.Migration):
    dependencies = [("audit", "0010_witnesses")]

    operations = [
        migrations.CreateModel(
            name="EndedLog",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("origin", models.TextField()),
                ("verifier_keys", models.TextField()),
                ("last_note", models.TextField()),
                ("entry_id", models.UUIDField(unique=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "audit_ended_log",
                "constraints": [
                    models.UniqueConstraint(fields=("origin",), name="ended_log_origin_once"),
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("root"), 32)),
                        name="ended_log_root_is_sha256",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Timestamp",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("response", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("authority", models.TextField()),
            ],
            options={"db_table": "audit_timestamp"},
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
