from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.models.length import has_bytes


class LogExportQuerySet(models.QuerySet["LogExport"]):
    def of_account(self, account: UUID | None) -> Self:
        """What somebody asked for and that is not thrown away yet. No other auditor sees it."""
        return self.none() if account is None else self.filter(account=account, ends_at__gt=timezone.now())

    def in_the_making(self) -> Self:
        return self.filter(state__in=LogExport.OPEN)


class LogExport(models.Model):
    """Entries that an auditor searched for, as one file that is made in the background and sealed in parts.

    `organisations` are the OINs that the auditor oversaw when asking, null for all. `filters` are those of
    `audit.search.filters`, with a fixed period. Each attempt to make it is a `run`; parts of another run are no part of
    the file. `salt` makes the key of this one file: without the row no part opens.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        READY = "ready"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Format(models.TextChoices):
        CSV = "csv"
        JSONL = "jsonl"
        PARQUET = "parquet"
        NEN7513 = "nen7513"
        VNG = "vng"
        BUNDLE = "bundle"

    OPEN = (State.WAITING, State.WORKING)

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.UUIDField()
    organisation = models.TextField()
    role = models.TextField()
    organisations = models.JSONField(null=True)
    filters = models.JSONField()
    format = models.TextField(choices=Format.choices)
    language = models.TextField()
    state = models.TextField(choices=State.choices, default=State.WAITING)
    run = models.UUIDField(null=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField()
    salt = models.BinaryField()
    parts = models.IntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.BinaryField(null=True)
    failure = models.TextField(default="")
    asked_entry = models.UUIDField()
    asked_at = models.DateTimeField()
    worked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()

    objects = LogExportQuerySet.as_manager()

    class Meta:
        constraints = [
            # Pressing twice makes one file, and nobody keeps the workers busy alone.
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=["waiting", "working"]), name="log_export_one_in_the_making"
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(sha256__isnull=False, ready_at__isnull=False, run__isnull=False),
                name="log_export_ready_is_whole",
            ),
            models.CheckConstraint(condition=Q(done__gte=0, total__gte=0), name="log_export_counts"),
            has_bytes("salt", 32, name="log_export_salt_is_32_bytes"),
        ]
        indexes = [
            models.Index(fields=["account", "-asked_at"], name="log_export_of_account"),
            models.Index(fields=["ends_at"], name="log_export_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.pk} ({self.state})"


class LogExportPart(models.Model):
    """A stretch of the file of an export, sealed; `number` counts from 0 within its run."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    export_id = models.UUIDField()
    run = models.UUIDField()
    number = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export_id", "run", "number"], name="log_export_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id}: {self.number}"
