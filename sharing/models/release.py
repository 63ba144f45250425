from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Consent, Organisation
from sharing.models.request import Request


class Ground(models.TextChoices):
    """What a release rests on."""

    CONSENT = "consent"


class ReleaseQuerySet(models.QuerySet["Release"]):
    def of_organisation(self, organisation_id: object) -> Self:
        """Return what was released to an organisation; nothing without an organisation."""
        return self.none() if organisation_id is None else self.filter(organisation_id=organisation_id)


class Release(models.Model):
    """One access: the data of one citizen handed to one recipient once. What was handed over is not kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Without indexes of their own: the constraint and the index below begin with two of them, and every release
    # would pay for more.
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="releases", db_index=False)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="releases", db_index=False)
    # The request's own organisation, which the request's constraint holds. One here would make every release of an
    # organisation lock that one row.
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="releases", db_index=False, db_constraint=False
    )
    ground = models.CharField(max_length=20, choices=Ground.choices)
    idempotency_key = models.CharField(max_length=100)
    # The account or client that asked: the key is this one's, and gives nobody else the answer.
    actor = models.UUIDField()
    use_number = models.PositiveIntegerField()
    entry = models.UUIDField()
    released_at = models.DateTimeField()

    objects: ClassVar = ReleaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # The same key is the same access: of two that arrive at once the database lets one through.
            models.UniqueConstraint(fields=["organisation", "idempotency_key"], name="release_once_per_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["request", "-id"], name="release_of_request"),
        ]

    def __str__(self) -> str:
        return f"release {self.pk}"
