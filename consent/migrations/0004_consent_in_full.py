"""Everything that a consent can be: terms by period, pauses, mandates, offers, history, mail, figures.

The tables that never change once published are altered here, and SQLite rebuilds a table to alter it: their triggers
are dropped first and created again, all in one transaction.
"""

import importlib

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

_published_stays = importlib.import_module("consent.migrations.0002_published_stays")


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_room_for_counting"),
    ]

    operations = [
        migrations.RunPython(_published_stays.drop_triggers, _published_stays.create_triggers),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("request", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("allowed", "Allowed"),
                            ("refused", "Refused"),
                            ("used", "Used"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("fields", models.JSONField()),
                ("case", models.CharField(max_length=100)),
                ("oin", models.CharField(max_length=20)),
                ("department", models.CharField(max_length=100)),
                ("role", models.CharField(max_length=20)),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Area",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.SlugField(max_length=60)),
                ("title", models.JSONField()),
                ("cells", models.JSONField()),
            ],
            options={
                "ordering": ["slug"],
            },
        ),
        migrations.CreateModel(
            name="ConsentChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("grant", "grant"),
                            ("refuse", "refuse"),
                            ("postpone", "postpone"),
                            ("offer", "offer"),
                            ("pause", "pause"),
                            ("resume", "resume"),
                            ("narrow", "narrow"),
                            ("renew", "renew"),
                            ("withdraw", "withdraw"),
                            ("expire", "expire"),
                            ("replace", "replace"),
                            ("invalidate", "invalidate"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "requested"),
                            ("given", "given"),
                            ("paused", "paused"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                            ("expired", "expired"),
                            ("replaced", "replaced"),
                            ("invalidated", "invalidated"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("conditions", models.JSONField(default=dict)),
                ("language", models.CharField(blank=True, max_length=35)),
                ("notice_hash", models.CharField(blank=True, max_length=64)),
                ("uses_taken", models.PositiveIntegerField(default=0)),
                ("entry", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("purpose", models.SlugField(db_index=False, max_length=60)),
                ("month", models.DateField()),
                ("organisation", models.CharField(blank=True, max_length=20)),
                ("department", models.CharField(blank=True, max_length=100)),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("granted", "Granted"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                            ("used", "Used"),
                            ("not-released", "Not Released"),
                            ("asked-more", "Asked More"),
                        ],
                        max_length=20,
                    ),
                ),
                ("count", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="FigureHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("counted", models.PositiveBigIntegerField(default=0)),
                ("counted_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("confirm-address", "Confirm Address"),
                            ("asked", "Asked"),
                            ("asked-to-allow", "Asked To Allow"),
                            ("used", "Used"),
                            ("about-to-end", "About To End"),
                            ("ended", "Ended"),
                            ("version-changed", "Version Changed"),
                            ("offer-answered", "Offer Answered"),
                            ("mandate-changed", "Mandate Changed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("about", models.CharField(max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("dropped", "Dropped"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="MailAddress",
            fields=[
                (
                    "citizen",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="mail_address",
                        serialize=False,
                        to="consent.citizen",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("confirmation_hash", models.CharField(blank=True, max_length=64)),
                ("confirmation_ends_at", models.DateTimeField(blank=True, null=True)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("guardian", "Guardian"), ("representative", "Representative")], max_length=20
                    ),
                ),
                ("purposes", models.JSONField(default=list)),
                ("acts", models.JSONField(default=list)),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("persons-register", "Persons Register"),
                            ("court-order", "Court Order"),
                            ("identity-documents", "Identity Documents"),
                            ("given-online", "Given Online"),
                        ],
                        max_length=30,
                    ),
                ),
                ("verification_reference", models.CharField(blank=True, max_length=100)),
                ("code_hash", models.CharField(blank=True, max_length=64)),
                ("code_ends_at", models.DateTimeField(blank=True, null=True)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Offer",
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
                            ("accepted", "Accepted"),
                            ("let-go", "Let Go"),
                            ("taken-back", "Taken Back"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("conditions", models.JSONField()),
                ("language", models.CharField(max_length=35)),
                ("notice_hash", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_one_open_per_purpose",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_given_is_complete",
        ),
        migrations.RemoveIndex(
            model_name="consent",
            name="consent_to_expire",
        ),
        migrations.AddField(
            model_name="citizen",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="citizen",
            name="quiet",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="consent",
            name="paused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consent",
            name="period_started_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consent",
            name="period_uses",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="consent",
            name="postponed_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="datasetversion",
            name="derivations",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="organisation",
            name="departments",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="purposefield",
            name="answer",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="adopted_from",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="assessment_signed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="assessment_signed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="automated_decisions",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="decides_automatically",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="pilot_ends_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="pilot_measures",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="remarks",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="review_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="storage_place",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="client",
            name="role",
            field=models.CharField(
                choices=[
                    ("requester", "Requester"),
                    ("approver", "Approver"),
                    ("purpose-editor", "Purpose Editor"),
                    ("privacy-officer", "Privacy Officer"),
                    ("auditor", "Auditor"),
                    ("registrar", "Registrar"),
                ],
                default="requester",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "requested"),
                    ("given", "given"),
                    ("paused", "paused"),
                    ("refused", "refused"),
                    ("withdrawn", "withdrawn"),
                    ("expired", "expired"),
                    ("replaced", "replaced"),
                    ("invalidated", "invalidated"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="member",
            name="role",
            field=models.CharField(
                choices=[
                    ("requester", "Requester"),
                    ("approver", "Approver"),
                    ("purpose-editor", "Purpose Editor"),
                    ("privacy-officer", "Privacy Officer"),
                    ("auditor", "Auditor"),
                    ("registrar", "Registrar"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="purposeversion",
            name="state",
            field=models.CharField(
                choices=[("draft", "Draft"), ("review", "Review"), ("published", "Published")],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assessment_signed_at__isnull", True), ("assessment_signed_by__isnull", True)),
                    models.Q(("assessment_signed_at__isnull", False), ("assessment_signed_by__isnull", False)),
                    _connector="OR",
                ),
                name="purpose_version_assessment_is_signed",
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="consent",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approvals",
                to="consent.consent",
            ),
        ),
        migrations.AddField(
            model_name="area",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="areas",
                to="consent.organisation",
            ),
        ),
        migrations.AddField(
            model_name="consentchange",
            name="consent",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="consent.consent",
            ),
        ),
        migrations.AddField(
            model_name="consentchange",
            name="purpose_version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.purposeversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="figure",
            constraint=models.UniqueConstraint(
                fields=("purpose", "measure", "month", "organisation", "department"), name="figure_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="figurehead",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="figure_head_is_one"),
        ),
        migrations.AddField(
            model_name="mail",
            name="citizen",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="consent.citizen"
            ),
        ),
        migrations.AddField(
            model_name="mail",
            name="consent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.consent",
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="citizen",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="mandates_given", to="consent.citizen"
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="holder",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mandates_held",
                to="consent.citizen",
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mandates",
                to="consent.organisation",
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="recorded_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="consentchange",
            name="mandate",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.mandate",
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="mandate",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consents",
                to="consent.mandate",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("state__in", ("given", "paused"))),
                fields=["ends_at"],
                name="consent_to_expire",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "requested",
                            "given",
                            "paused",
                        ),
                    )
                ),
                fields=("citizen", "purpose"),
                name="consent_one_open_per_purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("given", "paused")),
                        _negated=True,
                    ),
                    models.Q(
                        ("ends_at__isnull", False),
                        ("given_at__isnull", False),
                        models.Q(("notice_hash", ""), _negated=True),
                        models.Q(("pseudonym", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="consent_given_is_complete",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="consent",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="consent.consent"
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="mandate",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.mandate",
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="purpose_version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.purposeversion",
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["consent", "-id"], name="approval_of_consent"),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "allowed"])),
                fields=("consent", "request"),
                name="approval_one_open_per_request",
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.UniqueConstraint(fields=("organisation", "slug"), name="area_once"),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_attempt_at"], name="mail_to_send"
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(fields=("citizen", "kind", "about"), name="mail_once_per_event"),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("holder__isnull", True), models.Q(("holder", models.F("citizen")), _negated=True), _connector="OR"
                ),
                name="mandate_for_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="mandate_ends"
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "representative"), ("recorded_by__isnull", True), ("verification", "given-online")
                    ),
                    models.Q(
                        models.Q(("verification", "given-online"), _negated=True),
                        ("holder__isnull", False),
                        ("organisation__isnull", False),
                        ("recorded_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="mandate_is_verified",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code_hash", ""), _negated=True), fields=("code_hash",), name="mandate_code_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentchange",
            constraint=models.UniqueConstraint(fields=("consent", "version"), name="consent_change_once_per_version"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["consent", "-id"], name="offer_of_consent"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("consent",), name="offer_one_waiting_per_consent"
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at__isnull", True), ("state", "waiting")),
                    models.Q(models.Q(("state", "waiting"), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="offer_answered_has_a_time",
            ),
        ),
        migrations.RunPython(_published_stays.create_triggers, _published_stays.drop_triggers),
    ]
