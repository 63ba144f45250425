import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0012_monitor"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contest",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField()),
                ("subject", models.TextField()),
                ("organisation", models.TextField()),
                ("acting_for", models.TextField(default="")),
                ("state", models.TextField(default="open")),
                ("outcome", models.TextField(default="")),
                ("raised_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("treated_by", models.BinaryField(default=b"")),
                ("extended_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("claim_sealed", models.BinaryField()),
                ("extension_sealed", models.BinaryField(default=b"")),
                ("answer_sealed", models.BinaryField(default=b"")),
                ("told_at", models.DateTimeField(null=True)),
                ("reminded_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entry_id"], name="contest_of_entry"),
                    models.Index(fields=["subject"], name="contest_of_subject"),
                    models.Index(fields=["organisation", "-id"], name="contest_of_organisation"),
                    models.Index(
                        condition=models.Q(("state__in", ["open", "in-treatment"])),
                        fields=["due_on", "id"],
                        name="contest_most_urgent_first",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "in-treatment", "answered", "withdrawn"])),
                        name="contest_state_is_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "in-treatment"])),
                        fields=("entry_id",),
                        name="contest_one_going_per_entry",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("outcome__in", ["was-right", "was-wrong"]),
                                ("state", "answered"),
                                models.Q(("answer_sealed", b""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "answered"), _negated=True), ("answer_sealed", b""), ("outcome", "")
                            ),
                            _connector="OR",
                        ),
                        name="contest_answer_has_an_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state__in", ["open", "in-treatment"])),
                            models.Q(
                                models.Q(("state__in", ["open", "in-treatment"]), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="contest_closed_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("extended_at", None), ("extension_sealed", b"")),
                            models.Q(
                                ("extended_at__isnull", False), models.Q(("extension_sealed", b""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="contest_extension_has_a_reason",
                    ),
                ],
            },
        ),
    ]
