"""Witnesses: the cosignatures under our checkpoints, what is published by them, and the logs of others that we watch.

The database refuses to change or forget what was cosigned, on PostgreSQL and on SQLite, as it does for the log itself.
"""

import django.db.models.functions.text
import django.db.models.lookups
import uuid_utils.compat
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Table, and its unique keys.
ONLY_GROWS = {
    "audit_cosignature": ["id", "size key_name key_id"],
    "audit_publication": ["size"],
    "audit_shown_fork": ["id", "origin size root"],
}

# A witness never goes back, and never signs two roots for one size.
GOES_BACK = "NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) OR NEW.origin <> OLD.origin"
NEVER_GOES_BACK = f"""
CREATE FUNCTION audit_refuse_to_go_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {GOES_BACK} THEN
        RAISE EXCEPTION 'a witness never goes back: size % of % cannot follow size %', NEW.size, NEW.origin, OLD.size
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def postgresql_triggers() -> list[tuple[str, str, str, str, str]]:
    """Name, table, when, for each what, function."""
    return [
        *[
            ("only_grows", table, "BEFORE UPDATE OR DELETE OR TRUNCATE", "STATEMENT", "audit_refuse")
            for table in ONLY_GROWS
        ],
        ("stays", "audit_watched_log", "BEFORE DELETE OR TRUNCATE", "STATEMENT", "audit_refuse"),
        ("never_goes_back", "audit_watched_log", "BEFORE UPDATE", "ROW", "audit_refuse_to_go_back"),
    ]


def sqlite_triggers() -> dict[str, str]:
    """Name and body; an insert whose key is taken is refused because INSERT OR REPLACE fires no delete trigger."""
    made = {}
    for table, keys in {**ONLY_GROWS, "audit_watched_log": ["origin", "origin_hash"]}.items():
        taken = " OR ".join(
            "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in key.split()) + ")"
            for key in [*keys, "rowid"]
        )
        for verb in ("UPDATE", "DELETE") if table in ONLY_GROWS else ("DELETE",):
            made[f"{table}_refuses_{verb.lower()}"] = (
                f"BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} is refused'); END"
            )
        made[f"{table}_refuses_replace"] = (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) BEGIN "  # noqa: S608 names of ours
            f"SELECT RAISE(ABORT, '{table} only grows: the key is taken'); END"
        )
    made["audit_watched_log_never_goes_back"] = (
        f"BEFORE UPDATE ON audit_watched_log WHEN {GOES_BACK} BEGIN"
        " SELECT RAISE(ABORT, 'a witness never goes back'); END"
    )
    return made


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(NEVER_GOES_BACK, params=None)
        for name, table, when, each, function in postgresql_triggers():
            schema_editor.execute(
                f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
            )
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    else:
        for name, body in sqlite_triggers().items():
            schema_editor.execute(f"CREATE TRIGGER {name} {body}", params=None)


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, table, *_ in postgresql_triggers():
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
        schema_editor.execute("DROP FUNCTION audit_refuse_to_go_back()")
    else:
        for name in sqlite_triggers():
            schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0009_erasure_and_holds"),
    ]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("key_name", models.TextField()),
                ("key_id", models.CharField(max_length=8)),
                ("line", models.TextField()),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["key_name", "key_id", "-size"], name="cosignature_of_a_key")],
                "constraints": [
                    models.UniqueConstraint(fields=("size", "key_name", "key_id"), name="cosignature_one_a_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="ShownFork",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("origin", models.TextField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("known_note", models.TextField()),
                ("found_at", models.DateTimeField()),
            ],
            options={
                "db_table": "audit_shown_fork",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(django.db.models.functions.text.Length("root"), 32)
                        ),
                        name="shown_fork_root_is_sha256",
                    ),
                    models.UniqueConstraint(fields=("origin", "size", "root"), name="shown_fork_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchedLog",
            fields=[
                ("origin", models.TextField(primary_key=True, serialize=False)),
                ("origin_hash", models.CharField(max_length=64, unique=True)),
                ("keys", models.TextField()),
                ("added_at", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(null=True)),
                ("size", models.BigIntegerField(default=0)),
                (
                    "root",
                    models.BinaryField(
                        default=b"\xe3\xb0\xc4B\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99o\xb9$'\xaeA\xe4d\x9b\x93L\xa4\x95\x99\x1bxR\xb8U"
                    ),
                ),
                ("note", models.TextField(default="")),
                ("cosigned_at", models.DateTimeField(null=True)),
                ("bad_proof_since", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "audit_watched_log",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(django.db.models.functions.text.Length("root"), 32)
                        ),
                        name="watched_log_root_is_sha256",
                    ),
                    models.CheckConstraint(condition=models.Q(("size__gte", 0)), name="watched_log_size_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("keys", ""), _negated=True), name="watched_log_has_a_key"
                    ),
                ],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
