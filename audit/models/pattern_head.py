from django.db import models
from django.db.models import Q


class PatternHead(models.Model):
    """How many leaves of the log were searched for unusual patterns: one row, for ever.

    Comparing and setting it fences two workers from each other.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    searched = models.BigIntegerField(default=0)
    searched_at = models.DateTimeField()

    class Meta:
        db_table = "audit_pattern_head"
        constraints = [
            # A second head would find everything a second time.
            models.CheckConstraint(condition=Q(id=1), name="pattern_head_is_one_row"),
            models.CheckConstraint(condition=Q(searched__gte=0), name="pattern_head_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.searched)
