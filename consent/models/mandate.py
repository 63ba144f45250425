from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.account import Account
from consent.models.citizen import Citizen
from consent.models.organisation import Organisation


class Act(models.TextChoices):
    """What a mandate lets somebody do. Looking at the page is part of each."""

    ANSWER = "answer"
    CHANGE = "change"
    WITHDRAW = "withdraw"


class MandateQuerySet(models.QuerySet["Mandate"]):
    def held_by(self, citizen: Citizen | None) -> Self:
        """Return the mandates under which `citizen` acts for others; nothing without a citizen."""
        return self.none() if citizen is None else self.filter(holder=citizen)

    def about(self, citizen: Citizen | None) -> Self:
        """Return the mandates under which others act for `citizen`; nothing without a citizen."""
        return self.none() if citizen is None else self.filter(citizen=citizen)

    def in_force(self, now: datetime) -> Self:
        """Return the mandates that let somebody act at `now`: begun, not ended, and not past their end."""
        return self.filter(starts_at__lte=now, ends_at__gt=now, ended_at__isnull=True, holder__isnull=False)

    def guardians(self) -> Self:
        return self.filter(kind=Mandate.Kind.GUARDIAN)


class Mandate(models.Model):
    """The right of one citizen to act for another: a guardian's until the child is 16, or a representative's.

    A guardian's is recorded by a member of staff who verified it (UAVG article 5); a representative's is given by the
    citizen, who hands the holder a code, or recorded by staff. `purposes` are the slugs of the purposes that it is
    limited to, `acts` what it lets the holder do; an empty list of purposes stands for all.
    """

    class Kind(models.TextChoices):
        GUARDIAN = "guardian"
        REPRESENTATIVE = "representative"

    class Verification(models.TextChoices):
        """How it was established that the mandate is right."""

        PERSONS_REGISTER = "persons-register"
        COURT_ORDER = "court-order"
        IDENTITY_DOCUMENTS = "identity-documents"
        GIVEN_ONLINE = "given-online"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="mandates_given")
    # Empty until who got the code signed in with it.
    holder = models.ForeignKey(Citizen, on_delete=models.PROTECT, null=True, blank=True, related_name="mandates_held")
    purposes = models.JSONField(default=list)
    acts = models.JSONField(default=list)
    verification = models.CharField(max_length=30, choices=Verification.choices)
    verification_reference = models.CharField(max_length=100, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="mandates", db_index=False
    )
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # SHA-256 of the code that makes somebody the holder; gone once it was used.
    code_hash = models.CharField(max_length=64, blank=True)
    code_ends_at = models.DateTimeField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = MandateQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Acting for oneself needs no mandate, and one would only confuse who acted.
            models.CheckConstraint(
                condition=models.Q(holder__isnull=True) | ~models.Q(holder=models.F("citizen")),
                name="mandate_for_somebody_else",
            ),
            # A mandate ends when it says so, so it says when.
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="mandate_ends"),
            # Somebody at the counter looked at the papers, or the citizen gave it; a guardian's is never given online.
            models.CheckConstraint(
                condition=models.Q(verification="given-online", kind="representative", recorded_by__isnull=True)
                | (
                    ~models.Q(verification="given-online")
                    & models.Q(recorded_by__isnull=False, organisation__isnull=False, holder__isnull=False)
                ),
                name="mandate_is_verified",
            ),
            # A code opens one mandate.
            models.UniqueConstraint(fields=["code_hash"], condition=~models.Q(code_hash=""), name="mandate_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} mandate {self.pk}"
