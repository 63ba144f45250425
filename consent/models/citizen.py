from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.account import Account


class Citizen(models.Model):
    """A data subject. The BSN stands here sealed to the citizen's own vault key, and as a keyed hash to find it by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="citizen")
    bsn_sealed = models.BinaryField()
    bsn_hmac = models.BinaryField(max_length=32)
    bsn_hmac_generation = models.PositiveIntegerField()
    # The name of this citizen in the audit log, and nowhere else: the log is a purpose of its own.
    log_subject = models.CharField(max_length=64, unique=True)
    # For who shares a device: no e-mail, page titles that tell nothing, and a quick way out.
    quiet = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            # Two rows for one person would split what the person sees and withdraws.
            models.UniqueConstraint(fields=["bsn_hmac_generation", "bsn_hmac"], name="citizen_once_per_bsn"),
        ]

    def __str__(self) -> str:
        return f"citizen {self.pk}"
