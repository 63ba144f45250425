from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Consent
from sharing.models.stored_file import StoredFile


class SharedFile(models.Model):
    """A file that a consent shares: its data key, sealed to the key of the consent. The bytes are those of the vault.

    `name` is the full name of the field. It stays when the consent ends; without the consent's key it opens nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="shared_files", db_index=False)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="shared")
    name = models.CharField(max_length=300)
    wrapped_data_key = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # One file a field: a second one could be read after the first was replaced.
            models.UniqueConstraint(fields=["consent", "name"], name="shared_file_once"),
        ]

    def __str__(self) -> str:
        return f"shared file {self.pk}"
