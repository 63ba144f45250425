from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Citizen, DatasetVersion


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def in_vault_of(self, citizen: Citizen) -> Self:
        """Return the files that `citizen` has now."""
        return self.filter(citizen=citizen, removed_at__isnull=True)


class StoredFile(models.Model):
    """A citizen's file, whole and checked: a row exists only when every byte of it is sealed in the file storage.

    Its bytes lie in the storage under its id, and those of its still picture under `<id>.still`, both sealed with the
    data key that `wrapped_data_key` opens to whoever has the citizen's vault key. `size` and `still_size` are bytes
    before sealing; `still_size` 0 means that there is no picture. `pointer` is the field of the dataset that the file
    is the value of. Removing a file from the vault forgets the wrap; the bytes go when no consent shares them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="files")
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    pointer = models.CharField(max_length=300)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    still_size = models.PositiveIntegerField(default=0)
    sealed_name = models.BinaryField()
    wrapped_data_key = models.BinaryField(null=True)
    stored_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = StoredFileQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # What was removed cannot be opened from the vault, and what is there can.
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True, wrapped_data_key__isnull=False)
                | models.Q(removed_at__isnull=False, wrapped_data_key__isnull=True),
                name="stored_file_removed_has_no_key",
            ),
        ]

    def __str__(self) -> str:
        return f"stored file {self.pk}"
