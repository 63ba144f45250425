from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.lifecycle import OPEN_STATES, STANDING_STATES, State
from consent.models.citizen import Citizen
from consent.models.mandate import Mandate
from consent.models.organisation import Organisation
from consent.models.purpose import Purpose, PurposeVersion
from consent.terms import Terms
from consent.terms.keep_up_to_date import KeepUpToDate


class ConsentQuerySet(models.QuerySet["Consent"]):
    def of_citizen(self, citizen: Citizen | None) -> Self:
        """Return what `citizen` was asked and said; nothing without a citizen."""
        return self.none() if citizen is None else self.filter(citizen=citizen)

    def given_to(self, organisation_id: object) -> Self:
        """Return the consents that an organisation was ever given, so never those asked or refused."""
        return self.filter(organisation_id=organisation_id, given_at__isnull=False)

    def given(self) -> Self:
        return self.filter(state=State.GIVEN)

    def standing(self) -> Self:
        """Return the consents that a key stands behind: given, or paused."""
        return self.filter(state__in=STANDING_STATES)

    def still_open(self) -> Self:
        """Return consents that wait for an answer or are in use: at most one a citizen and purpose."""
        return self.filter(state__in=OPEN_STATES)

    def kept_up_to_date(self) -> Self:
        """Return the consents whose copies follow what the citizen changes."""
        return self.filter(conditions__has_key=KeepUpToDate.name)

    def ended_by(self, moment: datetime) -> Self:
        """Return the standing consents whose end has come."""
        return self.standing().filter(ends_at__lte=moment)

    def with_purpose(self) -> Self:
        return self.select_related("purpose__organisation", "purpose_version")


class Consent(models.Model):
    """One citizen's word on one purpose version.

    `version` grows with every change of state, terms, fields, keys or shared values; a release compares it before it
    counts a use. `conditions` holds the terms as `consent.terms` writes them; `ends_at` repeats the end
    among them, so that the beat finds what has ended by an index. `period_uses` counts since `period_started_at`, for
    the term that allows so many uses a day, week, month or year. `mandate` is the one under which somebody else gave
    it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="consents")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consents", db_index=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="consents", db_index=False)
    purpose_version = models.ForeignKey(
        PurposeVersion, on_delete=models.PROTECT, related_name="consents", db_index=False
    )
    state = models.CharField(max_length=12, choices=[(state, state) for state in State])
    version = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=35, blank=True)
    notice_hash = models.CharField(max_length=64, blank=True)
    conditions = models.JSONField(default=dict)
    uses_taken = models.PositiveIntegerField(default=0)
    period_started_at = models.DateTimeField(null=True, blank=True)
    period_uses = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(null=True, blank=True)
    # The name of the citizen for this purpose and no other (promise 8); made with the grant.
    pseudonym = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(null=True, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    # The citizen wants to think about the question until then; it never answers itself.
    postponed_until = models.DateTimeField(null=True, blank=True)
    mandate = models.ForeignKey(
        Mandate, on_delete=models.PROTECT, null=True, blank=True, related_name="consents", db_index=False
    )
    # Which of its keys is the one in use, 0 before the first.
    key_generation = models.PositiveIntegerField(default=0)

    objects: ClassVar = ConsentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Two grants at once leave one consent: with two, withdrawing one would not stop the reading.
            models.UniqueConstraint(
                fields=["citizen", "purpose"],
                condition=models.Q(state__in=OPEN_STATES),
                name="consent_one_open_per_purpose",
            ),
            # Always an end, and always the text that was on the screen.
            models.CheckConstraint(
                condition=~models.Q(state__in=STANDING_STATES)
                | (
                    models.Q(ends_at__isnull=False, given_at__isnull=False)
                    & ~models.Q(notice_hash="")
                    & ~models.Q(pseudonym="")
                ),
                name="consent_given_is_complete",
            ),
        ]
        indexes: ClassVar = [
            # A release finds the newest consent of a citizen for a purpose.
            models.Index(fields=["purpose", "citizen", "-id"], name="consent_newest"),
            models.Index(fields=["purpose", "pseudonym"], name="consent_by_pseudonym"),
            models.Index(fields=["organisation", "-id"], name="consent_of_organisation"),
            models.Index(fields=["ends_at"], condition=models.Q(state__in=STANDING_STATES), name="consent_to_expire"),
        ]

    def __str__(self) -> str:
        return f"consent {self.pk} ({self.state})"

    @property
    def terms(self) -> Terms:
        return Terms.parse(self.conditions)
