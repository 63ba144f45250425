from django.db import models
from django.db.models import Q


class LogHead(models.Model):
    """How far the tree has grown: one row, for ever.

    `frontier` is the compact range: the roots of the perfect subtrees that make up `size` leaves, largest
    first, 32 bytes each. With it the tree grows without reading a single old leaf. The size only goes up, so
    comparing and setting it fences two sequencers from each other.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")

    class Meta:
        db_table = "audit_log_head"
        constraints = [
            # A second head would be a second log.
            models.CheckConstraint(condition=Q(id=1), name="log_head_is_one_row"),
            models.CheckConstraint(condition=Q(size__gte=0), name="log_head_size_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.size)
