from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Consent, DatasetVersion


class SealedItem(models.Model):
    """The copy of exactly the granted fields of one dataset, sealed to the key of a consent.

    It stays when the consent ends; without the consent's key nobody can open it any more. `version` grows when the copy
    is brought up to date, and `values_at` is when its values were taken from the vault.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="sealed_items", db_index=False)
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=1)
    wrapped_data_key = models.BinaryField()
    sealed = models.BinaryField()
    sealed_at = models.DateTimeField()
    values_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # One copy a dataset: a second one could be read after the first was replaced.
            models.UniqueConstraint(fields=["consent", "dataset_version"], name="sealed_item_once"),
        ]

    def __str__(self) -> str:
        return f"sealed item {self.pk}"
