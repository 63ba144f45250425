from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models import Account, Citizen, Client, Organisation, PurposeVersion


class RequestQuerySet(models.QuerySet["Request"]):
    def of_organisation(self, organisation_id: object) -> Self:
        """Return what an organisation asked; nothing without an organisation."""
        return self.none() if organisation_id is None else self.filter(organisation_id=organisation_id)

    def newest_first(self) -> Self:
        return self.order_by("-id")


class Request(models.Model):
    """What staff or a system of an organisation ask of one citizen, for a purpose and a case.

    `citizen` is empty when nobody here has the BSN that was asked for. The organisation cannot tell: a request
    about a stranger and one about somebody who said nothing look the same to it (promise 7). `place` is the H3 cell
    that it is about, for consents that hold in an area only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="requests", db_index=False)
    purpose_version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, null=True, related_name="+")
    fields = models.JSONField()
    case = models.CharField(max_length=100)
    place = models.CharField(max_length=16, blank=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20)
    department = models.CharField(max_length=100)
    requested_at = models.DateTimeField()

    objects: ClassVar = RequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Somebody asked: a person or a system, never both and never nobody.
            models.CheckConstraint(
                condition=models.Q(account__isnull=False, client__isnull=True)
                | models.Q(account__isnull=True, client__isnull=False),
                name="request_has_one_asker",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"], name="request_newest"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"
