from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7


class DeferralState(models.TextChoices):
    """Asked by one person, approved by another; then it ends on its day, or a person lifts it before."""

    ASKED = "asked"
    REFUSED = "refused"
    APPROVED = "approved"
    LIFTED = "lifted"
    ENDED = "ended"


# What may follow what. A question that nobody answered ends on the day that it asked for.
TRANSITIONS = {
    DeferralState.ASKED: {DeferralState.APPROVED, DeferralState.REFUSED, DeferralState.ENDED},
    DeferralState.APPROVED: {DeferralState.LIFTED, DeferralState.ENDED},
    DeferralState.REFUSED: set(),
    DeferralState.LIFTED: set(),
    DeferralState.ENDED: set(),
}
OPEN = (DeferralState.ASKED, DeferralState.APPROVED)


class DeferralQuerySet(models.QuerySet["Deferral"]):
    def of_organisations(self, oins: frozenset[str] | None) -> Self:
        """Return those of these organisations; of all for None."""
        return self if oins is None else self.filter(organisation__in=oins)

    def in_force(self, now: datetime) -> Self:
        return self.filter(state=DeferralState.APPROVED, until__gt=now)

    def over(self, now: datetime) -> Self:
        """Return those whose day has come, and those that nobody approved in time."""
        return self.filter(state__in=OPEN, until__lte=now)

    def newest_first(self) -> Self:
        return self.order_by("-id")


class Deferral(models.Model):
    """That what an organisation does in one case is told to the citizens concerned from `until` on, and not before.

    It holds for entries that are made while it is in force: each names it and says until when. `author` and `approver`
    are opaque keys of people; `reason` is for the citizen, at the end.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.TextField()
    case = models.TextField()
    ground = models.TextField()
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=DeferralState.choices, default=DeferralState.ASKED)
    author = models.TextField()
    approver = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = DeferralQuerySet.as_manager()

    class Meta:
        constraints = [
            # One person alone keeps nothing from a citizen.
            models.CheckConstraint(condition=~Q(author=F("approver")), name="deferral_takes_two"),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "lifted")) | ~Q(approver=""),
                name="deferral_was_approved_by_somebody",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("asked_at")), name="deferral_ends_after_asking"),
            # A release looks for the one of its case, by this index.
            models.UniqueConstraint(
                fields=["organisation", "case"], condition=Q(state__in=OPEN), name="deferral_one_a_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} until {self.until:%Y-%m-%d}"
