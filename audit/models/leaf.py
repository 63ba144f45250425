from django.db import models

from audit.models.length import has_bytes


class Leaf(models.Model):
    """The place of an entry in the tree, and its leaf hash (RFC 9162 §2.1.1). Never changed or deleted."""

    index = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField()
    leaf_hash = models.BinaryField()

    class Meta:
        constraints = [
            # An entry with two places could be shown as two events.
            models.UniqueConstraint(fields=["entry_id"], name="leaf_one_per_entry"),
            models.CheckConstraint(condition=models.Q(index__gte=0), name="leaf_index_not_negative"),
            has_bytes("leaf_hash", 32, name="leaf_hash_is_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.entry_id}"
