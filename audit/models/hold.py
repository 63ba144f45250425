from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7


class HoldQuerySet(models.QuerySet["Hold"]):
    def standing(self, now: datetime) -> Self:
        """Holds that are neither lifted nor past their end."""
        return self.filter(lifted_at=None, until__gt=now)

    def newest_first(self) -> Self:
        return self.order_by("-placed_at", "-id")


class Hold(models.Model):
    """A reason, with an end, why records are kept although their period is over: a case at court, an inquiry.

    It holds one entry, or everything about a resident, a case or a consent, of its organisation and of residents
    themselves.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    organisation = models.TextField()
    entry_id = models.UUIDField(null=True)
    subject = models.TextField(default="")
    case = models.TextField(default="")
    consent = models.UUIDField(null=True)
    ground = models.TextField()
    placed_at = models.DateTimeField()
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            # Two targets could be read as either or as both.
            models.CheckConstraint(
                condition=(
                    Q(entry_id__isnull=False, subject="", case="", consent=None)
                    | Q(entry_id=None, subject__gt="", case="", consent=None)
                    | Q(entry_id=None, subject="", case__gt="", consent=None)
                    | Q(entry_id=None, subject="", case="", consent__isnull=False)
                ),
                name="hold_one_target",
            ),
            # A hold without a reason or an end would be a way round every rule.
            models.CheckConstraint(condition=Q(ground__gt=""), name="hold_has_ground"),
            models.CheckConstraint(condition=Q(until__gt=F("placed_at")), name="hold_ends_after_it_began"),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(lifted_at=None), name="hold_not_lifted")]

    def __str__(self) -> str:
        return f"hold {self.id}"

    def stands(self, now: datetime) -> bool:
        return self.lifted_at is None and self.until > now
