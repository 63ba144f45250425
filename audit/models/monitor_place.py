from django.db import models
from django.db.models import Q


class MonitorPlace(models.Model):
    """How far the monitor is in its rounds through the log, and when it looked last: one row.

    `leaf` is the leaf from which it recomputes next; `entry` the id after which it looks next for entries outside the
    log, among all; `young_entry` the same among those just made. A round that found something ends no alarm.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    looked_at = models.DateTimeField()
    leaf = models.BigIntegerField(default=0)
    entry = models.UUIDField(null=True)
    young_entry = models.UUIDField(null=True)
    round_began_at = models.DateTimeField()
    round_found = models.BooleanField(default=False)
    whole_since = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_monitor_place"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="monitor_place_is_one_row")]

    def __str__(self) -> str:
        return str(self.leaf)
