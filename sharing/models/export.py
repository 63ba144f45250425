from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Citizen


class Export(models.Model):
    """Everything about one citizen as one ZIP file, made in the background and sealed to the citizen's vault key.

    `done` of `total` parts are ready. The file is thrown away at `ends_at`.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="exports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    language = models.CharField(max_length=35)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # Pressing twice makes one file.
            models.UniqueConstraint(
                fields=["citizen"],
                condition=models.Q(state__in=["waiting", "working"]),
                name="export_one_in_the_making",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ready") | models.Q(sealed__isnull=False, ready_at__isnull=False),
                name="export_ready_has_a_file",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} ({self.state})"
