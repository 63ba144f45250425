from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Citizen, DatasetVersion, Mandate
from sharing.models.stored_file import StoredFile


class UploadQuerySet(models.QuerySet["Upload"]):
    def of_citizen(self, citizen: Citizen) -> Self:
        return self.filter(citizen=citizen)

    def unfinished(self) -> Self:
        """Return what is on its way in."""
        return self.filter(state__in=[Upload.State.RECEIVING, Upload.State.CHECKING])

    def abandoned_by(self, moment: datetime) -> Self:
        """Return the uploads that nobody went on with in time, or that ended longer ago than anybody asks."""
        return self.filter(ends_at__lte=moment).exclude(state=Upload.State.CHECKING)

    def unchecked_by(self, moment: datetime) -> Self:
        """Return the uploads that wait for a check that should have ended."""
        return self.filter(ends_at__lte=moment, state=Upload.State.CHECKING)


class Upload(models.Model):
    """A file on its way in. Nobody sees it but its citizen, and only as a number of bytes.

    `received` of `announced_size` bytes are sealed and durable, each part of them under `wrapped_upload_key` (opened by
    the citizen's vault key) in a message of its own. When all are there a worker checks the file and stores it anew.
    `ends_at` is when it is given up; while it is checked, when the check is presumed lost and is begun once more.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving"
        CHECKING = "checking"
        STORED = "stored"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="uploads")
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    pointer = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVING)
    announced_size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    # The citizen chose to share the place and the camera that stand in the file.
    keeps_metadata = models.BooleanField(default=False)
    sealed_name = models.BinaryField()
    wrapped_upload_key = models.BinaryField()
    # The code of why it was refused, such as "type-not-allowed" or "virus-found".
    refusal = models.CharField(max_length=40, blank=True)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="upload")
    # Under which somebody else adds it for the citizen.
    mandate = models.ForeignKey(
        Mandate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    objects: ClassVar = UploadQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(received__lte=models.F("announced_size")), name="upload_no_more_than_announced"
            ),
            # Only what arrived whole is checked, and only what was checked is stored.
            models.CheckConstraint(
                condition=models.Q(state__in=["receiving", "refused"]) | models.Q(received=models.F("announced_size")),
                name="upload_checked_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(state="stored", file__isnull=False)
                | (~models.Q(state="stored") & models.Q(file=None)),
                name="upload_stored_has_a_file",
            ),
            models.CheckConstraint(
                condition=models.Q(state="refused") & ~models.Q(refusal="")
                | ~models.Q(state="refused") & models.Q(refusal=""),
                name="upload_refused_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk} ({self.state})"


class UploadPart(models.Model):
    """Some consecutive bytes of an upload: `size` bytes from `position`, sealed in the storage under `blob`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts", db_index=False)
    position = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()
    blob = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            # Of two that bring the same bytes at once, one counts.
            models.UniqueConstraint(fields=["upload", "position"], name="upload_part_once"),
        ]

    def __str__(self) -> str:
        return f"part of upload {self.upload_id} from {self.position}"
