from typing import Self

from django.db import models

from audit.models.length import has_bytes


class EndedLogQuerySet(models.QuerySet["EndedLog"]):
    def oldest_first(self) -> Self:
        return self.order_by("size")


class EndedLog(models.Model):
    """A log that was ended in public, and whose tree the present log took over and grows on. Never changed or deleted.

    The tree had `size` leaves under `root`, so the leaf at that index is the first of the successor: the entry
    `entry_id`, which states all this. `last_note` is the last checkpoint that the ended log signed, verbatim; it may
    speak of more leaves than the tree still had. `verifier_keys` are those of the ended log, one a line.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    origin = models.TextField()
    verifier_keys = models.TextField()
    last_note = models.TextField()
    entry_id = models.UUIDField(unique=True)
    at = models.DateTimeField()

    objects = EndedLogQuerySet.as_manager()

    class Meta:
        db_table = "audit_ended_log"
        constraints = [
            # A name that came back could sign a second tree under it.
            models.UniqueConstraint(fields=["origin"], name="ended_log_origin_once"),
            has_bytes("root", 32, name="ended_log_root_is_sha256"),
        ]

    def __str__(self) -> str:
        return self.origin
