from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from audit.models.record import Record, RecordQuerySet
from audit.patterns.kinds import KINDS
from audit.patterns.states import OPEN, STATES, State
from audit.people import Viewer
from audit.search.filters import EntryFilters

_SECOND = timedelta(seconds=1)


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Findings in the organisations that an auditor oversees; nothing for anybody else."""
        if viewer.kind != "auditor":
            return self.none()
        return self if viewer.organisations is None else self.filter(organisation__in=viewer.organisations)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def settled(self) -> Self:
        return self.exclude(state__in=OPEN)

    def newest_first(self) -> Self:
        # Its id is a UUIDv7, so this is the order in which they were raised.
        return self.order_by("-id")


class Finding(models.Model):
    """An unusual pattern in the entries of an organisation, which somebody must look into.

    It is about an employee (`user_sealed`: the sealed name, which is never opened here), about a citizen (`subject`),
    or about both; what it is not about is empty. `values` are those of the rule when it was raised, `relation` what
    employee and citizen are to each other where that is the pattern, `example` one entry of the employee, and `number`
    how many entries lie behind it from `first_at` to `last_at`. What it finds while it is open is added to it. Until
    `quiet_until` nothing is raised of the same again, because that was explained.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.TextField()
    kind = models.TextField()
    user_sealed = models.BinaryField(default=b"")
    subject = models.TextField(default="")
    relation = models.TextField(default="")
    values = models.JSONField()
    example = models.UUIDField()
    number = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    state = models.TextField(default=State.NEW.value)
    owner = models.UUIDField(null=True)
    quiet_until = models.DateTimeField(null=True)
    raised_at = models.DateTimeField()

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            # What is found twice is one finding.
            models.UniqueConstraint(
                fields=["organisation", "kind", "user_sealed", "subject"],
                condition=Q(state__in=OPEN),
                name="finding_open_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="finding_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=list(STATES)), name="finding_state_is_known"),
            # A finding without an owner is one that nobody looked into.
            models.CheckConstraint(
                condition=Q(state=State.NEW.value) | Q(owner__isnull=False), name="finding_has_owner"
            ),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at")), name="finding_ends_after_it_began"),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="finding_of_organisation"),
            # The search asks what was settled of the same before.
            models.Index(fields=["organisation", "kind", "last_at"], name="finding_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.pk}"

    @property
    def filters(self) -> EntryFilters:
        """The entries behind it as filters, in whole seconds, as a page writes them in its address."""
        return EntryFilters(
            organisation=self.organisation,
            subject=self.subject,
            employee=self.example if self.user_sealed else None,
            since=self.first_at.replace(microsecond=0),
            until=self.last_at.replace(microsecond=0) + _SECOND,
            **KINDS[self.kind].narrowed_to,
        )

    def entries(self) -> RecordQuerySet:
        """The entries behind it, as far as they were not erased."""
        found = Record.objects.filter(self.filters.condition())
        return found.filter(user_sealed=self.user_sealed) if self.user_sealed else found.exclude(user_sealed=b"")


class FindingNote(models.Model):
    """What was done with a finding: by whose account, from which state to which, and in words."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    account = models.UUIDField()
    from_state = models.TextField()
    to_state = models.TextField()
    text = models.TextField()

    class Meta:
        db_table = "audit_finding_note"

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"
