"""Purposes: drafted, reviewed by a second person, published as a numbered version, retired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.entry import Entry
from audit.errors import FieldError
from audit.services.append import append_entry
from consent import actions
from consent.errors import InvalidPurpose, PurposeNotPublishable, RoleRequired
from consent.models import (
    Account,
    Consent,
    DatasetVersion,
    LegalBasis,
    Member,
    Organisation,
    Purpose,
    PurposeField,
    PurposeVersion,
    Role,
)
from consent.notice import LANGUAGES, compose_notice, notice_hash

# Who consents for longer does not remember it.
LONGEST_VALIDITY_DAYS = 5 * 365
_TEXTS = ("title", "summary", "why", "refusing")


@dataclass(frozen=True, slots=True)
class AskedField:
    """A field that a draft asks for: its dataset version and pointer, and why, as {language: sentence}."""

    dataset_version: DatasetVersion
    pointer: str
    required: bool
    reason: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.dataset_version.dataset.slug}#{self.pointer}"


@transaction.atomic
def draft_purpose(
    *,
    author: Account,
    organisation: Organisation,
    slug: str,
    texts: dict[str, dict[str, str]],
    legal_basis: LegalBasis,
    fields: Sequence[AskedField],
    recipients: Sequence[str],
    longest_validity_days: int,
    most_uses: int | None,
    retention_days: int,
    processing_activity: str,
    dpia_reference: str = "",
    dpia_review_on: date | None = None,
    power_imbalance_assessment: str = "",
) -> PurposeVersion:
    """Store the next version of a purpose as a draft; raise RoleRequired unless `author` edits purposes there."""
    _require_role(author, organisation, Role.PURPOSE_EDITOR)
    purpose, _created = Purpose.objects.get_or_create(slug=slug, defaults={"organisation": organisation})
    if purpose.organisation_id != organisation.pk:
        raise InvalidPurpose(
            errors=[FieldError("/slug", "slug-taken", _("Another organisation has a purpose with this name."))]
        )
    newest = purpose.versions.aggregate(Max("number"))["number__max"] or 0
    version = PurposeVersion.objects.create(
        purpose=purpose,
        number=newest + 1,
        texts=texts,
        legal_basis=legal_basis,
        recipients=list(recipients),
        longest_validity_days=longest_validity_days,
        most_uses=most_uses,
        retention_days=retention_days,
        dpia_reference=dpia_reference,
        dpia_review_on=dpia_review_on,
        power_imbalance_assessment=power_imbalance_assessment,
        processing_activity=processing_activity,
        author=author,
    )
    PurposeField.objects.bulk_create(
        PurposeField(
            version=version,
            dataset_version=field.dataset_version,
            position=position,
            name=field.name,
            required=field.required,
            reason=field.reason,
        )
        for position, field in enumerate(fields)
    )
    return version


@transaction.atomic
def publish_purpose(*, version: PurposeVersion, reviewer: Account) -> PurposeVersion:
    """Publish a draft after review: from here on the database refuses every change to it.

    Raises RoleRequired unless `reviewer` is a privacy officer of the organisation and not the author,
    PurposeNotPublishable where another version or an end came first, and InvalidPurpose with everything that the law
    asks for and the draft lacks.
    """
    version = (
        PurposeVersion.objects.select_for_update(of=("self",))
        .select_related("purpose__organisation")
        .get(pk=version.pk)
    )
    purpose = version.purpose
    _require_role(reviewer, purpose.organisation, Role.PRIVACY_OFFICER)
    if reviewer.pk == version.author_id:
        raise RoleRequired(detail=_("The author of a purpose cannot review it: ask a second person."))
    if version.state != PurposeVersion.State.DRAFT:
        raise PurposeNotPublishable(detail=_("This version was published before."))
    if purpose.retired_at is not None:
        raise PurposeNotPublishable(detail=_("This purpose was retired. Draft a new one."))
    if purpose.current_version is not None and purpose.current_version.number > version.number:
        raise PurposeNotPublishable(detail=_("A newer version is in use."))
    faults = _faults(version)
    if faults:
        raise InvalidPurpose(errors=faults)
    version.state = PurposeVersion.State.PUBLISHED
    version.reviewer = reviewer
    version.published_at = timezone.now()
    version.notices = {language: compose_notice(version, language) for language in LANGUAGES}
    version.notice_hashes = {language: notice_hash(shown) for language, shown in version.notices.items()}
    version.save(update_fields=["state", "reviewer", "published_at", "notices", "notice_hashes"])
    purpose.current_version = version
    purpose.save(update_fields=["current_version"])
    append_entry(
        Entry(
            action=actions.PURPOSE_PUBLISHED.name,
            outcome="allowed",
            at=version.published_at,
            organisation=purpose.organisation.oin,
            role=Role.PRIVACY_OFFICER,
            purpose=purpose.slug,
            purpose_version=version.pk,
            legal_basis=version.legal_basis,
            processing_activity=version.processing_activity,
            details={"number": version.number, "noticeHashes": version.notice_hashes},
        )
    )
    return version


@transaction.atomic
def retire_purpose(*, purpose: Purpose, officer: Account) -> None:
    """Stop a purpose: nothing is asked, granted or released for it any more."""
    _require_role(officer, purpose.organisation, Role.PRIVACY_OFFICER)
    now = timezone.now()
    if Purpose.objects.filter(pk=purpose.pk, retired_at__isnull=True).update(retired_at=now):
        # A release that has decided and not yet counted finds another version, and decides again.
        Consent.objects.filter(purpose=purpose).given().update(version=F("version") + 1)
        append_entry(
            Entry(
                action=actions.PURPOSE_RETIRED.name,
                outcome="allowed",
                at=now,
                organisation=purpose.organisation.oin,
                role=Role.PRIVACY_OFFICER,
                purpose=purpose.slug,
            )
        )


def _faults(version: PurposeVersion) -> list[FieldError]:
    """Return what keeps a draft from being published (GDPR articles 6, 13, 35; EDPB 05/2020 section 16)."""
    faults = [
        FieldError(f"/texts/{language}/{part}", "text-missing", _("This text is missing."))
        for language in LANGUAGES
        for part in _TEXTS
        if not version.texts.get(language, {}).get(part)
    ]
    if not 1 <= version.longest_validity_days <= LONGEST_VALIDITY_DAYS:
        detail = _("A consent lasts between 1 day and %(most)d days.") % {"most": LONGEST_VALIDITY_DAYS}
        faults.append(FieldError("/longestValidityDays", "validity-out-of-range", detail))
    if version.legal_basis == LegalBasis.CONSENT and not version.power_imbalance_assessment:
        detail = _("Say why citizens can freely say no to this organisation.")
        faults.append(FieldError("/powerImbalanceAssessment", "assessment-missing", detail))
    if not version.dpia_reference or version.dpia_review_on is None:
        detail = _("Name the data protection impact assessment and when it is reviewed.")
        faults.append(FieldError("/dpiaReference", "dpia-missing", detail))
    known = set(Organisation.objects.filter(oin__in=version.recipients).values_list("oin", flat=True))
    faults += [
        FieldError(f"/recipients/{index}", "unknown-recipient", _("No organisation has this OIN."))
        for index, oin in enumerate(version.recipients)
        if oin not in known
    ]
    if not version.recipients:
        faults.append(FieldError("/recipients", "recipient-missing", _("Name at least one recipient.")))
    fields = list(version.fields.select_related("dataset_version"))
    if not fields:
        faults.append(FieldError("/fields", "field-missing", _("Name at least one field.")))
    for field in fields:
        faults += _field_faults(field)
    return faults


def _field_faults(field: PurposeField) -> list[FieldError]:
    pointer = f"/fields/{field.position}"
    faults = []
    if not all(field.reason.get(language) for language in LANGUAGES):
        faults.append(FieldError(f"{pointer}/reason", "reason-missing", _("Say why this field is needed.")))
    try:
        field.dataset_version.field(field.pointer)
    except KeyError:
        faults.append(FieldError(f"{pointer}/pointer", "unknown-field", _("The dataset has no such field.")))
    return faults


def _require_role(account: Account, organisation: Organisation, role: Role) -> None:
    if not Member.objects.of_account(account).in_role(role).filter(organisation=organisation).exists():
        raise RoleRequired(params={"role": role})
