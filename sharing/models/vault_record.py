from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Citizen, DatasetVersion


class VaultRecord(models.Model):
    """A citizen's own record of one dataset, sealed to the citizen's vault key.

    `wrapped_data_key` opens with the vault key, `sealed` with the data key; both are bound to `version`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="vault_records", db_index=False)
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    wrapped_data_key = models.BinaryField()
    sealed = models.BinaryField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # One record a dataset: two would leave open which of them is shared.
            models.UniqueConstraint(fields=["citizen", "dataset_version"], name="vault_record_once"),
        ]

    def __str__(self) -> str:
        return f"vault record {self.pk}"
