"""What was erased, by which entry, what was ordered, and what is held.

A record can only be deleted after a row says which entry stands for that: who deletes without one is refused, the
eraser too. So verification tells what was erased by rule from what was deleted behind the back of the service.
"""

import uuid_utils.compat
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

REFUSE_WITHOUT_REASON = """
CREATE FUNCTION audit_refuse_without_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone WHERE NOT EXISTS (SELECT FROM audit_erasure WHERE audit_erasure.entry_id = gone.entry_id)
    ) THEN
        RAISE EXCEPTION 'a record of % is erased by an entry, which a row of audit_erasure names first', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""

TRIGGER = "erased_with_a_reason"

ON_SQLITE = {
    "audit_erasure_refuses_update": "BEFORE UPDATE ON audit_erasure BEGIN"
    " SELECT RAISE(ABORT, 'audit_erasure only grows: UPDATE is refused'); END",
    "audit_erasure_refuses_delete": "BEFORE DELETE ON audit_erasure BEGIN"
    " SELECT RAISE(ABORT, 'audit_erasure only grows: DELETE is refused'); END",
    # INSERT OR REPLACE deletes the row in its way without firing delete triggers.
    "audit_erasure_refuses_replace": "BEFORE INSERT ON audit_erasure WHEN EXISTS"
    " (SELECT 1 FROM audit_erasure WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid) BEGIN"
    " SELECT RAISE(ABORT, 'audit_erasure only grows: the key is taken'); END",
}


def create_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for name, body in ON_SQLITE.items():
            schema_editor.execute(f"CREATE TRIGGER {name} {body}", params=None)
        return
    schema_editor.execute(
        "CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_erasure"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )
    schema_editor.execute("ALTER TABLE audit_erasure ENABLE ALWAYS TRIGGER only_grows")
    schema_editor.execute(REFUSE_WITHOUT_REASON, params=None)
    for table in _whole_and_parts(schema_editor):
        schema_editor.execute(
            f"CREATE TRIGGER {TRIGGER} AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_without_erasure()"
        )
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {TRIGGER}")


def drop_triggers(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for name in ON_SQLITE:
            schema_editor.execute(f"DROP TRIGGER {name}")
        return
    for table in _whole_and_parts(schema_editor):
        schema_editor.execute(f"DROP TRIGGER {TRIGGER} ON {table}")
    schema_editor.execute("DROP FUNCTION audit_refuse_without_erasure()")
    schema_editor.execute("DROP TRIGGER only_grows ON audit_erasure")


def _whole_and_parts(schema_editor: BaseDatabaseSchemaEditor) -> list[str]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_record'::regclass")
        return ["audit_record", *(partition for (partition,) in cursor.fetchall())]


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0008_monthly_partitions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("erased_by", models.UUIDField()),
                ("rule", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ErasureOrder",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("organisation", models.TextField()),
                ("ground", models.TextField(choices=[("request", "Request"), ("ruling", "Ruling")])),
                ("reference", models.TextField()),
                ("subject", models.TextField(default="")),
                ("entries", models.JSONField(default=list)),
                ("kept", models.JSONField(default=dict)),
                ("commitment", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("ordered", "Ordered"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("carried-out", "Carried Out"),
                        ],
                        default="ordered",
                    ),
                ),
                ("ordered_by", models.TextField()),
                ("ordered_at", models.DateTimeField()),
                ("ordered_entry", models.UUIDField()),
                ("decided_by", models.TextField(default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_entry", models.UUIDField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("chosen", models.IntegerField()),
                ("erased", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "audit_erasure_order",
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("organisation", models.TextField()),
                ("entry_id", models.UUIDField(null=True)),
                ("subject", models.TextField(default="")),
                ("case", models.TextField(default="")),
                ("consent", models.UUIDField(null=True)),
                ("ground", models.TextField()),
                ("placed_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["action", "-at", "-entry_id"], name="record_of_action"),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["erased_by", "entry_id"], name="erasure_of_entry"),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["rule", "-at"], name="erasure_newest_of_rule"),
        ),
        migrations.AddIndex(
            model_name="erasureorder",
            index=models.Index(fields=["-ordered_at"], name="erasure_order_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="erasureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["ordered", "declined"]),
                    models.Q(("decided_by__gt", ""), models.Q(("decided_by", models.F("ordered_by")), _negated=True)),
                    _connector="OR",
                ),
                name="erasure_order_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasureorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["ordered", "approved", "declined", "carried-out"])),
                name="erasure_order_state_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(condition=models.Q(("lifted_at", None)), fields=["until"], name="hold_not_lifted"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case", ""), ("consent", None), ("entry_id__isnull", False), ("subject", "")),
                    models.Q(("case", ""), ("consent", None), ("entry_id", None), ("subject__gt", "")),
                    models.Q(("case__gt", ""), ("consent", None), ("entry_id", None), ("subject", "")),
                    models.Q(("case", ""), ("consent__isnull", False), ("entry_id", None), ("subject", "")),
                    _connector="OR",
                ),
                name="hold_one_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(condition=models.Q(("ground__gt", "")), name="hold_has_ground"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("placed_at"))), name="hold_ends_after_it_began"
            ),
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
