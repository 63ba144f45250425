from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7


class LogboekPosition(models.Model):
    """How far a collector of the Logboek Dataverwerkingen has acknowledged the log.

    `next_index` is the first leaf that it has not. Leaves and not entries: ids commit out of order, and a position
    among them would pass over what commits late; leaves have consecutive places. One worker at a time sends, until
    `leased_until`; who loses the lease moves nothing, because the position is compared and set.
    """

    name = models.TextField(primary_key=True)
    next_index = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    failure = models.TextField(default="")
    retry_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(next_index__gte=0), name="logboek_position_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.next_index}"


class LogboekRejection(models.Model):
    """An entry that a collector says it will never take. It is kept until it was taken, or an operator lets it go."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    destination = models.TextField()
    entry_id = models.UUIDField()
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["destination", "entry_id"], name="logboek_rejection_once"),
        ]

    def __str__(self) -> str:
        return f"{self.destination}: {self.entry_id}"
