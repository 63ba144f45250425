from typing import ClassVar, Self

from django.db import models

from consent.models import Organisation
from sharing.models.release import Release


class DeletionQuerySet(models.QuerySet["Deletion"]):
    def of_organisation(self, organisation_id: object) -> Self:
        """Return what an organisation has to delete or deleted; nothing without an organisation."""
        return self.none() if organisation_id is None else self.filter(organisation_id=organisation_id)

    def due(self) -> Self:
        """Return what is not confirmed yet."""
        return self.filter(confirmed_at__isnull=True)


class Deletion(models.Model):
    """The duty of a recipient to delete what was released, under a consent that says for how long it may be kept.

    The recipient confirms it, and that is an entry in the log and a signed receipt; nobody here can see their disks.
    """

    release = models.OneToOneField(Release, on_delete=models.PROTECT, primary_key=True, related_name="deletion")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The account or client that confirmed, and the entry that says so.
    actor = models.UUIDField(null=True, blank=True)
    entry = models.UUIDField(null=True, blank=True)

    objects: ClassVar = DeletionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Confirmed by somebody, and in the log; or not confirmed.
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True, actor__isnull=True, entry__isnull=True)
                | models.Q(confirmed_at__isnull=False, actor__isnull=False, entry__isnull=False),
                name="deletion_confirmed_is_complete",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organisation", "due_at"],
                condition=models.Q(confirmed_at__isnull=True),
                name="deletion_to_confirm",
            ),
        ]

    def __str__(self) -> str:
        return f"deletion of {self.release_id}"
