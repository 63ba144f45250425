from collections.abc import Collection
from functools import cached_property
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q, Subquery
from django.db.models.functions import Length
from django.db.models.lookups import In

from audit.actions import all_actions
from audit.entry import OUTCOMES, Entry, read_entry
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
        """Entries about one citizen. Without a pseudonym: none, not those that are about nobody."""
        return self.filter(subject=subject) if subject else self.none()

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
        # Each serves one reader, newest first: auditor, citizen, organisation, the page of a consent, and
        # what happened to the service itself.
        indexes = [
            models.Index(fields=["-at", "-entry_id"], name="record_newest_first"),
            models.Index(fields=["subject", "-at", "-entry_id"], name="record_of_subject"),
            models.Index(fields=["organisation", "-at", "-entry_id"], name="record_of_organisation"),
            models.Index(fields=["consent", "-at"], condition=Q(consent__isnull=False), name="record_under_consent"),
            models.Index(
                fields=["-at", "-entry_id"], condition=Q(organisation="", subject=""), name="record_of_service"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome} {self.entry_id}"

    @cached_property
    def entry(self) -> Entry:
        """The whole entry, read from the text that was committed to and not from the columns."""
        return read_entry(bytes(self.canonical))
