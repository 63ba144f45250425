"""The place of a request, the duty to delete, the export of everything about a citizen, and its erasure."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0004_consent_in_full"),
        ("sharing", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="request",
            name="place",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.CreateModel(
            name="Deletion",
            fields=[
                (
                    "release",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="deletion",
                        serialize=False,
                        to="sharing.release",
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("actor", models.UUIDField(blank=True, null=True)),
                ("entry", models.UUIDField(blank=True, null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consent.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", True)),
                        fields=["organisation", "due_at"],
                        name="deletion_to_confirm",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actor__isnull", True), ("confirmed_at__isnull", True), ("entry__isnull", True)),
                            models.Q(
                                ("actor__isnull", False), ("confirmed_at__isnull", False), ("entry__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="deletion_confirmed_is_complete",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("erased_at", models.DateTimeField()),
                ("receipt", models.TextField()),
                ("secret_hash", models.CharField(max_length=64, unique=True)),
                (
                    "citizen",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="erasure", to="consent.citizen"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("receipt", ""), _negated=True), name="erasure_has_a_receipt"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("working", "Working"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(max_length=35)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("sealed", models.BinaryField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField()),
                (
                    "citizen",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="exports", to="consent.citizen"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "working"])),
                        fields=("citizen",),
                        name="export_one_in_the_making",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(("ready_at__isnull", False), ("sealed__isnull", False)),
                            _connector="OR",
                        ),
                        name="export_ready_has_a_file",
                    ),
                ],
            },
        ),
    ]
