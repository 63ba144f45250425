from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Length
from django.db.models.lookups import In
from django.utils import timezone

from audit.actions import all_actions
from audit.entry import OUTCOMES, Entry, read_entry
from audit.models.deferral import Deferral, DeferralState
from audit.models.length import has_bytes
from audit.people import Viewer
from audit.search.filters import EntryFilters


class RecordQuerySet(models.QuerySet["Record"]):
    """Questions to the readable log."""

    def visible_to(self, viewer: Viewer) -> Self:
        """What this viewer may see: nothing, unless something below says otherwise."""
        match viewer.kind:
            case "subject":
                return self.about(viewer.subject)
            case "auditor" if viewer.organisations is None:
                return self
            case "auditor" | "organisation":
                return self.of_organisations(viewer.organisations or ())
            case _:
                return self.none()

    def about(self, subject: str) -> Self:
        """Entries about one citizen that this citizen may see now. Without a pseudonym: none, not those about nobody.

        What is kept back comes by itself when its day is there, or when the deferral is lifted before.
        """
        return self.filter(subject=subject).exclude(self._kept_back(timezone.now())) if subject else self.none()

    def kept_back(self, now: datetime) -> Self:
        """Entries that their citizens do not see yet."""
        return self.filter(self._kept_back(now))

    def deferred_by(self, deferral: UUID) -> Self:
        """Entries that name a deferral, whether they are still kept back or not."""
        return self.filter(deferral=deferral)

    @staticmethod
    def _kept_back(now: datetime) -> Q:
        # Of the deferral only one thing counts, that somebody lifted it: its date stands in the entry itself.
        lifted = Deferral.objects.filter(pk=OuterRef("deferral"), state=DeferralState.LIFTED)
        return Q(deferred_until__gt=now) & ~Q(Exists(lifted))

    def of_organisations(self, oins: Collection[str]) -> Self:
        return self.filter(organisation__in=[oin for oin in oins if oin])

    def of_service(self) -> Self:
        """Entries about the service itself, which every auditor sees. They name no person and no organisation."""
        names = [action.name for action in all_actions() if action.of_service]
        return self.filter(organisation="", subject="", action__in=names)

    def matching(self, filters: EntryFilters) -> Self:
        """Entries that meet filters whose period is fixed. Who acted is looked up among these same records only."""
        found = self.filter(filters.condition())
        return found.by_whoever_acted_in(filters.employee, among=self) if filters.employee else found

    def by_whoever_acted_in(self, entry_id: UUID, *, among: Self) -> Self:
        """Entries of whoever acted in one of the records of `among`: none where it is not there, or nobody acted."""
        acted = among.filter(entry_id=entry_id).exclude(user_sealed=b"")
        return self.filter(user_sealed=Subquery(acted.values("user_sealed")[:1]))

    def under_consent(self, consent: UUID) -> Self:
        return self.filter(consent=consent)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-entry_id")


class Record(models.Model):
    """What an entry says, apart from the entry, so that it can be erased and every proof still holds.

    `canonical` is what was committed to, byte for byte. The columns beside it repeat parts of it for
    searching; they decide nothing, and `verify_log` holds them equal to the text.
    """

    entry_id = models.UUIDField(primary_key=True)
    salt = models.BinaryField()
    canonical = models.BinaryField()
    user_salt = models.BinaryField()
    user_sealed = models.BinaryField()

    at = models.DateTimeField()
    action = models.TextField()
    outcome = models.TextField()
    reason = models.TextField()
    subject = models.TextField()
    organisation = models.TextField()
    role = models.TextField()
    purpose = models.TextField()
    purpose_version = models.UUIDField(null=True)
    consent = models.UUIDField(null=True)
    request = models.UUIDField(null=True)
    case = models.TextField()
    trace_id = models.TextField()
    deferral = models.UUIDField(null=True)
    deferred_until = models.DateTimeField(null=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints = [
            has_bytes("salt", 32, name="record_salt_is_32_bytes"),
            has_bytes("user_salt", 32, name="record_user_salt_is_32_bytes"),
            # A fourth outcome would be counted by no report.
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="record_outcome_is_known"),
            # A BSN has 9 digits: whoever passes one for the pseudonym is stopped here.
            models.CheckConstraint(condition=Q(In(Length("subject"), [0, 64])), name="record_subject_is_pseudonym"),
            models.CheckConstraint(condition=Q(In(Length("organisation"), [0, 20])), name="record_organisation_is_oin"),
        ]
        # Each serves one reader, newest first: auditor, citizen, organisation, the page of a consent, what happened
        # to the service itself; and then one search of auditors each, of which most entries are no answer.
        indexes = [
            models.Index(fields=["-at", "-entry_id"], name="record_newest_first"),
            models.Index(fields=["subject", "-at", "-entry_id"], name="record_of_subject"),
            models.Index(fields=["organisation", "-at", "-entry_id"], name="record_of_organisation"),
            models.Index(fields=["consent", "-at"], condition=Q(consent__isnull=False), name="record_under_consent"),
            models.Index(
                fields=["-at", "-entry_id"], condition=Q(organisation="", subject=""), name="record_of_service"
            ),
            models.Index(fields=["deferral"], condition=Q(deferral__isnull=False), name="record_deferred"),
            # The eraser finds what is due of a class here without reading what is not.
            models.Index(fields=["action", "-at", "-entry_id"], name="record_of_action"),
            models.Index(fields=["purpose", "-at", "-entry_id"], condition=~Q(purpose=""), name="record_of_purpose"),
            models.Index(fields=["case", "-at", "-entry_id"], condition=~Q(case=""), name="record_of_case"),
            models.Index(fields=["request", "-at"], condition=Q(request__isnull=False), name="record_of_request"),
            models.Index(fields=["trace_id"], name="record_of_trace"),
            models.Index(
                fields=["outcome", "-at", "-entry_id"], condition=~Q(outcome="allowed"), name="record_not_allowed"
            ),
            models.Index(fields=["reason", "-at", "-entry_id"], condition=~Q(reason=""), name="record_of_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome} {self.entry_id}"

    @cached_property
    def entry(self) -> Entry:
        """The whole entry, read from the text that was committed to and not from the columns."""
        return read_entry(bytes(self.canonical))
