from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.citizen import Citizen
from consent.models.consent import Consent


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def of_citizen(self, citizen: Citizen | None) -> Self:
        """Return what `citizen` was asked to allow; nothing without a citizen."""
        return self.none() if citizen is None else self.filter(consent__citizen=citizen)

    def waiting(self) -> Self:
        return self.filter(state=Approval.State.WAITING)


class Approval(models.Model):
    """The question to a citizen whether one request may be read now, under a consent that says "ask me".

    `request` is the id of a request in the app above, and `fields`, `case`, `oin`, `department` and `role` what it
    asks. An approval lets one access through: the access sets it to used in its own commit.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        ALLOWED = "allowed"
        REFUSED = "refused"
        USED = "used"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="approvals", db_index=False)
    request = models.UUIDField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    fields = models.JSONField()
    case = models.CharField(max_length=100)
    oin = models.CharField(max_length=20)
    department = models.CharField(max_length=100)
    role = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ApprovalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Asking ten times puts one question.
            models.UniqueConstraint(
                fields=["consent", "request"],
                condition=models.Q(state__in=["waiting", "allowed"]),
                name="approval_one_open_per_request",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["consent", "-id"], name="approval_of_consent")]

    def __str__(self) -> str:
        return f"approval {self.pk} ({self.state})"
