from typing import Self

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def going(self) -> Self:
        """Alarms that nothing has ended yet."""
        return self.filter(ended_at=None)

    def to_tell(self) -> Self:
        """Alarms of which a mail is to be sent: that they began, or that they are over."""
        return self.filter(Q(told_at=None) | Q(ended_at__isnull=False, told_over_at=None))

    def newest_first(self) -> Self:
        return self.order_by("-raised_at", "-id")


class Alarm(models.Model):
    """Something about the log that a person must look at: a stable `kind`, `where` it is, and what it means.

    It goes on until what raised it finds the cause gone, or a person says so. `seen_at` is when the cause was last
    found to be there. That somebody looked at it says `looked_at`, with a note; it goes on all the same. `told_at` and
    `told_over_at` are when it was mailed that it began, and that it was over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.TextField()
    where = models.TextField()
    explanation = models.TextField()
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    look_note = models.TextField(default="")
    look_entry = models.UUIDField(null=True)
    told_at = models.DateTimeField(null=True)
    told_over_at = models.DateTimeField(null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            # A cause that is found every minute is one alarm, not one a minute.
            models.UniqueConstraint(fields=["kind", "where"], condition=Q(ended_at=None), name="alarm_one_a_cause"),
            models.CheckConstraint(condition=Q(seen_at__gte=F("raised_at")), name="alarm_seen_after_raised"),
        ]
        indexes = [
            models.Index(fields=["-raised_at"], name="alarm_newest_first"),
            models.Index(fields=["raised_at"], condition=Q(told_at=None) | Q(told_over_at=None), name="alarm_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}"
