"""What keeps a draft from being published (GDPR articles 6, 9, 13, 22, 30, 35; EDPB 05/2020 section 16)."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.models import LegalBasis, Organisation, PurposeField, PurposeVersion
from consent.notice import LANGUAGES

# Who consents for longer does not remember it.
LONGEST_VALIDITY_DAYS = 5 * 365
# "Needed." is no reason to ask for somebody's health.
SHORTEST_REASON_FOR_SPECIAL_DATA = 30
_TEXTS = ("title", "summary", "why", "refusing")


def draft_faults(version: PurposeVersion) -> list[FieldError]:
    """Return everything that the law or a citizen asks for and the draft lacks, apart from the signature."""
    faults = [
        FieldError(f"/texts/{language}/{part}", "text-missing", _("This text is missing."))
        for language in LANGUAGES
        for part in _TEXTS
        if not version.texts.get(language, {}).get(part)
    ]
    faults += _missing_in_a_language(
        version.storage_place, "/storagePlace", "storage-place-missing", _("Say where the data is kept.")
    )
    faults += _missing_in_a_language(
        version.automated_decisions,
        "/automatedDecisions",
        "automated-decisions-missing",
        _("Say what a computer decides without a person, or that it decides nothing."),
    )
    if not 1 <= version.longest_validity_days <= LONGEST_VALIDITY_DAYS:
        detail = _("A consent lasts between 1 day and %(most)d days.") % {"most": LONGEST_VALIDITY_DAYS}
        faults.append(FieldError("/longestValidityDays", "validity-out-of-range", detail))
    if version.legal_basis == LegalBasis.CONSENT and not version.power_imbalance_assessment:
        detail = _("Say why citizens can freely say no to this organisation.")
        faults.append(FieldError("/powerImbalanceAssessment", "assessment-missing", detail))
    if not version.processing_activity:
        detail = _("Give the address of the processing activity in your own records.")
        faults.append(FieldError("/processingActivity", "processing-activity-missing", detail))
    return (
        faults + _dpia_faults(version) + _pilot_faults(version) + _recipient_faults(version) + _fields_faults(version)
    )


def signature_faults(version: PurposeVersion) -> list[FieldError]:
    """Return that nobody answers for the power-imbalance assessment yet, where the basis is consent."""
    if version.legal_basis == LegalBasis.CONSENT and version.assessment_signed_at is None:
        detail = _("Sign the assessment of the imbalance of power first.")
        return [FieldError("/powerImbalanceAssessment", "assessment-not-signed", detail)]
    return []


def _missing_in_a_language(texts: Mapping[str, Any], pointer: str, code: str, detail: str) -> list[FieldError]:
    return [FieldError(f"{pointer}/{language}", code, detail) for language in LANGUAGES if not texts.get(language)]


def _dpia_faults(version: PurposeVersion) -> list[FieldError]:
    if not version.dpia_reference or version.dpia_review_on is None:
        detail = _("Name the data protection impact assessment and when it is reviewed.")
        return [FieldError("/dpiaReference", "dpia-missing", detail)]
    if version.dpia_review_on <= timezone.localdate():
        detail = _("The day on which the impact assessment is reviewed must be in the future.")
        return [FieldError("/dpiaReviewOn", "dpia-review-due", detail)]
    return []


def _pilot_faults(version: PurposeVersion) -> list[FieldError]:
    measures = [language for language in LANGUAGES if version.pilot_measures.get(language)]
    if version.pilot_ends_on is None:
        if not measures:
            return []
        detail = _("Say when the pilot ends, or leave out by what it is judged.")
        return [FieldError("/pilotEndsOn", "pilot-end-missing", detail)]
    faults = _missing_in_a_language(
        version.pilot_measures, "/pilotMeasures", "pilot-measures-missing", _("Say by what the pilot is judged.")
    )
    if version.pilot_ends_on <= timezone.localdate():
        faults.append(FieldError("/pilotEndsOn", "pilot-over", _("The end of a pilot must be in the future.")))
    return faults


def _recipient_faults(version: PurposeVersion) -> list[FieldError]:
    if not version.recipients:
        return [FieldError("/recipients", "recipient-missing", _("Name at least one recipient."))]
    known = set(Organisation.objects.filter(oin__in=version.recipients).values_list("oin", flat=True))
    return [
        FieldError(f"/recipients/{index}", "unknown-recipient", _("No organisation has this OIN."))
        for index, oin in enumerate(version.recipients)
        if oin not in known
    ]


def _fields_faults(version: PurposeVersion) -> list[FieldError]:
    fields = list(version.fields.select_related("dataset_version"))
    if not fields:
        return [FieldError("/fields", "field-missing", _("Name at least one field."))]
    return [fault for field in fields for fault in _field_faults(field)]


def _field_faults(field: PurposeField) -> list[FieldError]:
    pointer = f"/fields/{field.position}"
    faults = []
    if not all(field.reason.get(language) for language in LANGUAGES):
        faults.append(FieldError(f"{pointer}/reason", "reason-missing", _("Say why this field is needed.")))
    try:
        definition = field.dataset_version.field(field.pointer)
    except KeyError:
        faults.append(FieldError(f"{pointer}/pointer", "unknown-field", _("The dataset has no such field.")))
    else:
        if definition["sensitivity"] == "special" and not _explains(field.reason):
            detail = _("This is special personal data: explain in a whole sentence why nothing less will do.")
            faults.append(FieldError(f"{pointer}/reason", "special-reason-missing", detail))
    if field.answer and not _asks_of_this_field(field):
        detail = _("The dataset has no such question about this field.")
        faults.append(FieldError(f"{pointer}/answer", "unknown-answer", detail))
    return faults


def _explains(reason: Mapping[str, str]) -> bool:
    return all(len(reason.get(language, "")) >= SHORTEST_REASON_FOR_SPECIAL_DATA for language in LANGUAGES)


def _asks_of_this_field(field: PurposeField) -> bool:
    try:
        pointer: str = field.dataset_version.derivation(field.answer)["pointer"]
    except KeyError:
        return False
    return pointer == field.pointer
