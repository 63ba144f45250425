from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact, In


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("root"), 32)),
                        name="checkpoint_root_is_sha256",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField()),
                ("leaf_hash", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entry_id",), name="leaf_one_per_entry"),
                    models.CheckConstraint(condition=models.Q(("index__gte", 0)), name="leaf_index_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("leaf_hash"), 32)),
                        name="leaf_hash_is_sha256",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoggedEntry",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("commitment", models.BinaryField()),
            ],
            options={
                "db_table": "audit_entry",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("commitment"), 32)),
                        name="entry_commitment_is_sha256",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogHead",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField(default=0)),
                ("frontier", models.BinaryField(default=b"")),
            ],
            options={
                "db_table": "audit_log_head",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="log_head_is_one_row"),
                    models.CheckConstraint(condition=models.Q(("size__gte", 0)), name="log_head_size_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("commitment", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("commitment"), 32)),
                        name="pending_commitment_is_sha256",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("salt", models.BinaryField()),
                ("canonical", models.BinaryField()),
                ("user_salt", models.BinaryField()),
                ("user_sealed", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("action", models.TextField()),
                ("outcome", models.TextField()),
                ("reason", models.TextField()),
                ("subject", models.TextField()),
                ("organisation", models.TextField()),
                ("role", models.TextField()),
                ("purpose", models.TextField()),
                ("purpose_version", models.UUIDField(null=True)),
                ("consent", models.UUIDField(null=True)),
                ("request", models.UUIDField(null=True)),
                ("case", models.TextField()),
                ("trace_id", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-at", "-entry_id"], name="record_newest_first"),
                    models.Index(fields=["subject", "-at", "-entry_id"], name="record_of_subject"),
                    models.Index(fields=["organisation", "-at", "-entry_id"], name="record_of_organisation"),
                    models.Index(
                        condition=models.Q(("consent__isnull", False)),
                        fields=["consent", "-at"],
                        name="record_under_consent",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("salt"), 32)),
                        name="record_salt_is_32_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("user_salt"), 32)),
                        name="record_user_salt_is_32_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("allowed", "refused", "failed"))),
                        name="record_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(In(Length("subject"), [0, 64])),
                        name="record_subject_is_pseudonym",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(In(Length("organisation"), [0, 20])),
                        name="record_organisation_is_oin",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hashes", models.BinaryField()),
                ("root", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("hashes"), 8192)),
                        name="tile_is_full",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(Exact(Length("root"), 32)),
                        name="tile_root_is_sha256",
                    ),
                ],
            },
        ),
    ]
