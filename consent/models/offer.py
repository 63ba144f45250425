from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.consent import Consent
from consent.models.mandate import Mandate
from consent.models.purpose import PurposeVersion


class OfferQuerySet(models.QuerySet["Offer"]):
    def waiting(self) -> Self:
        return self.filter(state=Offer.State.WAITING)

    def to_organisation(self, organisation_id: object) -> Self:
        """Return what citizens offered an organisation; nothing without an organisation."""
        return self.none() if organisation_id is None else self.filter(consent__organisation_id=organisation_id)


class Offer(models.Model):
    """A citizen's counter-offer to a question: stricter terms, which the organisation accepts or lets go.

    `language` and `notice_hash` are those of the text on the screen, as with a consent: accepting it is the yes to
    these terms that the citizen said already.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        ACCEPTED = "accepted"
        LET_GO = "let-go"
        TAKEN_BACK = "taken-back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="offers", db_index=False)
    purpose_version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    conditions = models.JSONField()
    language = models.CharField(max_length=35)
    notice_hash = models.CharField(max_length=64)
    mandate = models.ForeignKey(
        Mandate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = OfferQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Of two offers at once nobody could say which was accepted.
            models.UniqueConstraint(
                fields=["consent"], condition=models.Q(state="waiting"), name="offer_one_waiting_per_consent"
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", answered_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(answered_at__isnull=False)),
                name="offer_answered_has_a_time",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["consent", "-id"], name="offer_of_consent")]

    def __str__(self) -> str:
        return f"offer {self.pk} ({self.state})"
