from typing import Self

from django.db import models
from uuid_utils.compat import uuid7


class CosignatureQuerySet(models.QuerySet["Cosignature"]):
    def over(self, size: int) -> Self:
        """Those over the checkpoint of `size` leaves, in the order in which they came."""
        return self.filter(size=size).order_by("id")

    def of_key(self, name: str, key_id: str) -> Self:
        """Those of one key of a witness, over the largest tree first; the id is in hex."""
        return self.filter(key_name=name, key_id=key_id).order_by("-size")


class Cosignature(models.Model):
    """A witness saw our checkpoint over `size` leaves `at` a time: `line` stands below the note, verbatim.

    Checked before it is kept, never changed or deleted. `key_name` and `key_id` (hex) are those of its verifier key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    size = models.BigIntegerField()
    key_name = models.TextField()
    key_id = models.CharField(max_length=8)
    line = models.TextField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    objects = CosignatureQuerySet.as_manager()

    class Meta:
        constraints = [
            # A second line of one key under one checkpoint would say nothing new.
            models.UniqueConstraint(fields=["size", "key_name", "key_id"], name="cosignature_one_a_key"),
        ]
        indexes = [models.Index(fields=["key_name", "key_id", "-size"], name="cosignature_of_a_key")]

    def __str__(self) -> str:
        return f"{self.key_name}+{self.key_id}: {self.size}"
