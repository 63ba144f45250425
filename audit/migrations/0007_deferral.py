import uuid_utils.compat
from django.db import migrations, models
from django.db.models import F, Q

STATES = [
    ("asked", "Asked"),
    ("refused", "Refused"),
    ("approved", "Approved"),
    ("lifted", "Lifted"),
    ("ended", "Ended"),
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_alarm")]

    operations = [
        migrations.CreateModel(
            name="Deferral",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation", models.TextField()),
                ("case", models.TextField()),
                ("ground", models.TextField()),
                ("reason", models.TextField()),
                ("state", models.CharField(choices=STATES, default="asked", max_length=8)),
                ("author", models.TextField()),
                ("approver", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~Q(author=F("approver")), name="deferral_takes_two"),
                    models.CheckConstraint(
                        condition=~Q(state__in=("approved", "lifted")) | ~Q(approver=""),
                        name="deferral_was_approved_by_somebody",
                    ),
                    models.CheckConstraint(condition=Q(until__gt=F("asked_at")), name="deferral_ends_after_asking"),
                    models.UniqueConstraint(
                        fields=["organisation", "case"],
                        condition=Q(state__in=("asked", "approved")),
                        name="deferral_one_a_case",
                    ),
                ],
            },
        ),
        # Nullable and without a default, so that no row is rewritten and, on SQLite, no table is rebuilt.
        migrations.AddField("record", "deferral", models.UUIDField(null=True)),
        migrations.AddField("record", "deferred_until", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "record",
            models.Index(condition=Q(deferral__isnull=False), fields=["deferral"], name="record_deferred"),
        ),
    ]
