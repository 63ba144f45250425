from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from sharing.models.release import Release
from sharing.models.stored_file import StoredFile


class ViewingQuerySet(models.QuerySet["Viewing"]):
    def running(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def unseen_since(self, moment: datetime) -> Self:
        """Return the viewings of which nothing was heard since `moment`."""
        return self.running().filter(last_seen_at__lte=moment)


class Viewing(models.Model):
    """Somebody looks at a file that was released: one row for all the ranges that the player asks for.

    `bytes_read` counts what left the service; `streams` how many answers are on their way now, which stays above zero
    when a process was killed in the middle of one. `start_entry` and `end_entry` are the audit entries.
    """

    class End(models.TextChoices):
        STOPPED = "stopped"  # by who looked
        QUIET = "quiet"  # nothing was asked for some minutes
        REFUSED = "refused"  # the consent no longer allows it
        UNKNOWN = "unknown"  # cut off: more may have left than was counted

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="viewings", db_index=False)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", db_index=False)
    bytes_read = models.PositiveBigIntegerField(default=0)
    streams = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End.choices, blank=True)
    start_entry = models.UUIDField()
    end_entry = models.UUIDField(null=True, blank=True)

    objects: ClassVar = ViewingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # One viewing at a time spans all ranges of a file; after its end another one may start.
            models.UniqueConstraint(
                fields=["release", "file"], condition=models.Q(ended_at__isnull=True), name="viewing_one_running"
            ),
            # Every end is in the log and says how.
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, end="", end_entry__isnull=True)
                | (models.Q(ended_at__isnull=False, end_entry__isnull=False) & ~models.Q(end="")),
                name="viewing_ended_is_complete",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["last_seen_at"], condition=models.Q(ended_at__isnull=True), name="viewing_running"),
            # Before one starts it is asked whether one was just stopped.
            models.Index(fields=["release", "-id"], name="viewing_of_release"),
        ]

    def __str__(self) -> str:
        return f"viewing {self.pk}"
