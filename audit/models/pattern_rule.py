from django.db import models
from uuid_utils.compat import uuid7

from audit.patterns.kinds import KINDS


class PatternRule(models.Model):
    """How an organisation has tuned the search for one kind of pattern; without a row the defaults hold.

    `changed_by` is the account of who did so last; the log says who that was and what was changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.TextField()
    kind = models.TextField()
    on = models.BooleanField()
    values = models.JSONField()
    changed_by = models.UUIDField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_pattern_rule"
        constraints = [
            # Of two rules for one thing nobody would know which holds.
            models.UniqueConstraint(fields=["organisation", "kind"], name="pattern_rule_one_a_kind"),
            models.CheckConstraint(condition=models.Q(kind__in=list(KINDS)), name="pattern_rule_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.organisation}"
