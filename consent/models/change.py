from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.lifecycle import Event, State
from consent.models.consent import Consent
from consent.models.mandate import Mandate
from consent.models.purpose import PurposeVersion
from consent.terms import Terms


class ConsentChangeQuerySet(models.QuerySet["ConsentChange"]):
    def oldest_first(self) -> Self:
        return self.order_by("version")


class ConsentChange(models.Model):
    """One change of a consent: what happened, and what text and terms then held. Receipts are written from it.

    `version` is the consent's own after the change. `entry` is the id of the audit entry that says the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="changes", db_index=False)
    version = models.PositiveIntegerField()
    event = models.CharField(max_length=12, choices=[(event, event) for event in Event])
    state = models.CharField(max_length=12, choices=[(state, state) for state in State])
    at = models.DateTimeField()
    purpose_version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    conditions = models.JSONField(default=dict)
    language = models.CharField(max_length=35, blank=True)
    notice_hash = models.CharField(max_length=64, blank=True)
    uses_taken = models.PositiveIntegerField(default=0)
    mandate = models.ForeignKey(
        Mandate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    entry = models.UUIDField()

    objects: ClassVar = ConsentChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # A version is one change; it is also how they are found, oldest first.
            models.UniqueConstraint(fields=["consent", "version"], name="consent_change_once_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.event} of consent {self.consent_id}"

    @property
    def terms(self) -> Terms:
        return Terms.parse(self.conditions)
