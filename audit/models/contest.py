from collections.abc import Collection
from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from audit.contests.lifecycle import GOING, Outcome, State
from audit.people import Viewer

_GOING = [state.value for state in State if state in GOING]


class ContestQuerySet(models.QuerySet["Contest"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What this viewer may see: a citizen the own ones, an auditor those of the organisations overseen."""
        match viewer.kind:
            case "subject" if viewer.subject:
                return self.filter(subject=viewer.subject)
            case "auditor" if viewer.organisations is None:
                return self
            case "auditor":
                return self.filter(organisation__in=viewer.organisations)
            case _:
                return self.none()

    def about(self, entry_ids: Collection[UUID]) -> Self:
        return self.filter(entry_id__in=entry_ids)

    def going(self) -> Self:
        """Contests that wait for an answer."""
        return self.filter(state__in=_GOING)

    def closed(self) -> Self:
        return self.exclude(state__in=_GOING)

    def overdue(self, today: date) -> Self:
        """Contests of which the last day for an answer is over."""
        return self.going().filter(due_on__lt=today)

    def most_urgent_first(self) -> Self:
        return self.order_by("due_on", "id")

    def newest_first(self) -> Self:
        return self.order_by("-id")


class Contest(models.Model):
    """A citizen's word that the entry `entry_id` looks wrong, and what the organisation that it names makes of it.

    What people write is sealed before it comes here, each text under a label of its own (`words_label`), and never
    stands in an entry. `acting_for` is the mandate when somebody else said it for the citizen, as `Entry.acting_for`;
    `treated_by` is the sealed name of the privacy officer who took it. `due_on` is the last day for an answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry_id = models.UUIDField()
    subject = models.TextField()
    organisation = models.TextField()
    acting_for = models.TextField(default="")
    state = models.TextField(default=State.OPEN.value)
    outcome = models.TextField(default="")
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    taken_at = models.DateTimeField(null=True)
    treated_by = models.BinaryField(default=b"")
    extended_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    claim_sealed = models.BinaryField()
    extension_sealed = models.BinaryField(default=b"")
    answer_sealed = models.BinaryField(default=b"")
    # When the privacy officer was told that it is there, and that its end is near.
    told_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    objects = ContestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[one.value for one in State]), name="contest_state_is_known"),
            # Two clocks for one line: nobody could say which answer counts.
            models.UniqueConstraint(
                fields=["entry_id"], condition=Q(state__in=_GOING), name="contest_one_going_per_entry"
            ),
            # An answer is an outcome with words, and nothing else has one.
            models.CheckConstraint(
                condition=Q(state=State.ANSWERED.value, outcome__in=[one.value for one in Outcome])
                & ~Q(answer_sealed=b"")
                | ~Q(state=State.ANSWERED.value) & Q(outcome="", answer_sealed=b""),
                name="contest_answer_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_GOING, closed_at=None) | ~Q(state__in=_GOING) & Q(closed_at__isnull=False),
                name="contest_closed_has_a_time",
            ),
            # A later day without a reason is a month that went by.
            models.CheckConstraint(
                condition=Q(extended_at=None, extension_sealed=b"")
                | Q(extended_at__isnull=False) & ~Q(extension_sealed=b""),
                name="contest_extension_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["entry_id"], name="contest_of_entry"),
            models.Index(fields=["subject"], name="contest_of_subject"),
            models.Index(fields=["organisation", "-id"], name="contest_of_organisation"),
            # Few at any time, and asked for by whoever is at work and by the clock.
            models.Index(fields=["due_on", "id"], condition=Q(state__in=_GOING), name="contest_most_urgent_first"),
        ]

    def __str__(self) -> str:
        return f"contest {self.pk} ({self.state})"

    @property
    def is_going(self) -> bool:
        return self.state in GOING

    def words_label(self, what: str) -> str:
        """Name one of its texts for sealing: "claim", "extension" or "answer". Each opens under its own label only."""
        return f"contest/{self.pk}/{what}"
