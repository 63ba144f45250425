from typing import ClassVar, Self

from django.db import models
from uuid_utils.compat import uuid7

from consent.models.account import Account
from consent.models.dataset import DatasetVersion
from consent.models.organisation import Organisation


class LegalBasis(models.TextChoices):
    """The grounds of GDPR article 6(1), by the names that DPV gives them."""

    CONSENT = "consent"
    PUBLIC_TASK = "public-task"
    LEGAL_OBLIGATION = "legal-obligation"
    VITAL_INTEREST = "vital-interest"
    CONTRACT = "contract"
    LEGITIMATE_INTEREST = "legitimate-interest"


class PurposeQuerySet(models.QuerySet["Purpose"]):
    def in_force(self) -> Self:
        """Return the purposes that data may be asked for now."""
        return self.filter(retired_at__isnull=True, current_version__isnull=False)


class Purpose(models.Model):
    """Why an organisation asks for data. What it says stands in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="purposes")
    slug = models.SlugField(max_length=60, unique=True)
    current_version = models.ForeignKey(
        "PurposeVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = PurposeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.slug


class PurposeVersion(models.Model):
    """What citizens read and consent to. Frozen by the database from the moment it is published.

    `texts` is {language: {title, summary, why, refusing}}, keyed by BCP 47 tag; `recipients` is a list of
    OINs. Publishing fills in `notices`, {language: the notice as citizens read it, with the names that organisations
    then had}, and `notice_hashes`, {language: SHA-256 hex of it}. `storage_place`, `automated_decisions` and
    `pilot_measures` are {language: sentence}; a purpose that is no pilot has no `pilot_ends_on`. `remarks` is what the
    reviewer said when a draft went back to its author.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        REVIEW = "review"
        PUBLISHED = "published"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    texts = models.JSONField()
    legal_basis = models.CharField(max_length=30, choices=LegalBasis.choices)
    power_imbalance_assessment = models.TextField(blank=True)
    assessment_signed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assessment_signed_at = models.DateTimeField(null=True, blank=True)
    recipients = models.JSONField()
    longest_validity_days = models.PositiveIntegerField()
    most_uses = models.PositiveIntegerField(null=True, blank=True)
    retention_days = models.PositiveIntegerField()
    dpia_reference = models.CharField(max_length=100, blank=True)
    dpia_review_on = models.DateField(null=True, blank=True)
    processing_activity = models.URLField(max_length=300)
    storage_place = models.JSONField(default=dict)
    decides_automatically = models.BooleanField(default=False)
    automated_decisions = models.JSONField(default=dict)
    pilot_ends_on = models.DateField(null=True, blank=True)
    pilot_measures = models.JSONField(default=dict)
    # Where it came from when another organisation's purpose was adopted: that one's OIN, name and number.
    adopted_from = models.CharField(max_length=120, blank=True)
    notices = models.JSONField(default=dict)
    notice_hashes = models.JSONField(default=dict)
    author = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    remarks = models.TextField(blank=True)
    review_asked_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # A version is cited by number on the page that the citizen read.
            models.UniqueConstraint(fields=["purpose", "number"], name="purpose_version_number_once"),
            # Publishing takes a second person: the author never reviews.
            models.CheckConstraint(
                condition=models.Q(reviewer__isnull=True) | ~models.Q(reviewer=models.F("author")),
                name="purpose_version_second_person",
            ),
            # Who weighs the imbalance of power answers for it by name and date.
            models.CheckConstraint(
                condition=models.Q(assessment_signed_by__isnull=True, assessment_signed_at__isnull=True)
                | models.Q(assessment_signed_by__isnull=False, assessment_signed_at__isnull=False),
                name="purpose_version_assessment_is_signed",
            ),
            # A published version has been reviewed and says since when it stands.
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(published_at__isnull=False, reviewer__isnull=False),
                name="purpose_version_published_is_reviewed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id} version {self.number}"

    def text(self, language: str) -> dict[str, str]:
        """Return the texts in `language`, or in Dutch where that language has none."""
        return dict(self.texts.get(language) or self.texts.get("nl", {}))


class PurposeField(models.Model):
    """A field that a purpose version asks for, with the sentence that says why it is needed.

    `answer` names a yes-or-no question of the dataset version: the purpose then asks for the answer and not the value.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(PurposeVersion, on_delete=models.CASCADE, related_name="fields")
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    required = models.BooleanField()
    answer = models.CharField(max_length=100, blank=True)
    reason = models.JSONField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            # The full name, dataset#pointer, is what consents and requests speak of.
            models.UniqueConstraint(fields=["version", "name"], name="purpose_field_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pointer(self) -> str:
        return self.name.partition("#")[2]

    def title(self, language: str) -> str:
        """Return the field's own title, from its dataset version, in `language` or else in Dutch."""
        titles = self.dataset_version.field(self.pointer)["title"]
        return str(titles.get(language) or titles["nl"])
