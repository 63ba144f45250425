from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Citizen


class Erasure(models.Model):
    """That a citizen was erased on request: the keys are destroyed, and `receipt` (a JWS) says what that means.

    The person can no longer sign in to it, so it is found by the secret that was on the last page: `secret_hash` is
    its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    citizen = models.OneToOneField(Citizen, on_delete=models.PROTECT, related_name="erasure")
    erased_at = models.DateTimeField()
    receipt = models.TextField()
    secret_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints: ClassVar = [
            # What was erased is told, always.
            models.CheckConstraint(condition=~models.Q(receipt=""), name="erasure_has_a_receipt"),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
