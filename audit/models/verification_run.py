from typing import Self

from django.db import models
from uuid_utils.compat import uuid7


class VerificationRunQuerySet(models.QuerySet["VerificationRun"]):
    def unfinished(self) -> Self:
        return self.filter(ended_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-id")


class VerificationRun(models.Model):
    """A verification of the whole log that an auditor asked for in a page, done in the background.

    `part` is how far it is (`audit.verification.verified_part`), `leaves` how many there were when it was asked.
    `counts` and `discrepancy` are what came of it, the latter empty where everything is as it was written.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    asked_at = models.DateTimeField()
    asked_entry = models.UUIDField()
    leaves = models.BigIntegerField()
    part = models.JSONField(null=True)
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    discrepancy = models.JSONField(default=dict)

    objects = VerificationRunQuerySet.as_manager()

    class Meta:
        db_table = "audit_verification_run"
        constraints = [
            # One at a time: two would read the same rows.
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended_at=None), name="verification_run_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def done(self) -> int:
        return int(self.part["size"]) if self.part else 0
