from typing import Self

from django.db import models

from audit.models.length import has_bytes


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def newest_first(self) -> Self:
        return self.order_by("-size")

    def newest_published(self) -> "Checkpoint | None":
        """The checkpoint that the public log serves and proofs are made under, or None before the first."""
        return self.newest_first().first()


class Checkpoint(models.Model):
    """A signed tree head: `note` is the C2SP checkpoint, verbatim. Never changed or deleted.

    The size is the key, so the database itself keeps a second root for a size from ever being published.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        constraints = [has_bytes("root", 32, name="checkpoint_root_is_sha256")]

    def __str__(self) -> str:
        return str(self.size)
