"""What a stored version says, as the value that differences are made of."""

from consent.models import PurposeVersion
from consent.notice import LANGUAGES
from consent.purpose_difference import AskedPart, PurposeDifference, VersionText, purpose_difference

TEXT_PARTS = ("title", "summary", "why", "refusing")
_TRANSLATED = frozenset({*TEXT_PARTS, "storagePlace", "automatedDecisions", "pilotMeasures"})


def version_text(version: PurposeVersion) -> VersionText:
    """Return what `version` says; its fields should be loaded with their dataset versions."""
    return VersionText(
        parts={
            **{
                part: {language: version.texts.get(language, {}).get(part, "") for language in LANGUAGES}
                for part in TEXT_PARTS
            },
            "legalBasis": version.legal_basis,
            "powerImbalanceAssessment": version.power_imbalance_assessment,
            "recipients": sorted(version.recipients),
            "longestValidityDays": version.longest_validity_days,
            "mostUses": version.most_uses,
            "retentionDays": version.retention_days,
            "storagePlace": version.storage_place,
            "decidesAutomatically": version.decides_automatically,
            "automatedDecisions": version.automated_decisions,
            "dpiaReference": version.dpia_reference,
            "dpiaReviewOn": version.dpia_review_on,
            "processingActivity": version.processing_activity,
            "pilotEndsOn": version.pilot_ends_on,
            "pilotMeasures": version.pilot_measures,
        },
        fields=[
            AskedPart(field.name, field.dataset_version.number, field.required, field.answer, field.reason)
            for field in version.fields.all()
        ],
        translated=_TRANSLATED,
    )


def difference_between(before: PurposeVersion, after: PurposeVersion) -> PurposeDifference:
    return purpose_difference(version_text(before), version_text(after))
