"""A published version as a purpose file: a JWS that anybody can verify with this service's published keys."""

from typing import Any

from consent.models import DatasetVersion, PurposeVersion
from consent.purpose_file.content import FORMAT
from consent.receipts.signing import sign


def purpose_file(version: PurposeVersion) -> str:
    """Return the file of a published `version`; the same version gives the same file until the key is rotated.

    What each organisation must do or decide itself is left out: its recipients, where it keeps data, its impact
    assessment, its assessment of the imbalance of power, and the end of a pilot.
    """
    purpose = version.purpose
    fields = list(version.fields.select_related("dataset_version__dataset"))
    datasets = {field.dataset_version_id: field.dataset_version for field in fields}
    return sign(
        {
            "format": FORMAT,
            "organisation": {"oin": purpose.organisation.oin, "name": purpose.organisation.name},
            "slug": purpose.slug,
            "number": version.number,
            "purpose": {
                "texts": version.texts,
                "legalBasis": version.legal_basis,
                "longestValidityDays": version.longest_validity_days,
                "mostUses": version.most_uses,
                "retentionDays": version.retention_days,
                "decidesAutomatically": version.decides_automatically,
                "automatedDecisions": version.automated_decisions,
                "pilotMeasures": version.pilot_measures,
                "fields": [
                    {"name": field.name, "required": field.required, "reason": field.reason, "answer": field.answer}
                    for field in fields
                ],
            },
            "datasets": [_dataset(dataset) for dataset in datasets.values()],
        },
        kind="purpose",
    )


def _dataset(version: DatasetVersion) -> dict[str, Any]:
    return {
        "slug": version.dataset.slug,
        "kind": version.dataset.kind,
        "title": version.title,
        "schema": version.schema,
        "fields": version.fields,
        "derivations": version.derivations,
    }
