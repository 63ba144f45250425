"""The record of processing activities (GDPR article 30(1)), generated from the published purposes."""

from typing import Any

from django.utils.translation import gettext as _

from consent.models import Purpose
from consent.notice import notice


def record_of_processing(language: str) -> list[dict[str, Any]]:
    """Return one activity a purpose in use, by organisation, JSON-safe; the points are those of article 30(1).

    It says what the version in force says, so that the record cannot fall behind what citizens read.
    """
    purposes = (
        Purpose.objects.in_force()
        .select_related("organisation", "current_version")
        .order_by("organisation__name", "slug")
    )
    activities = []
    for purpose in purposes:
        version = purpose.current_version
        assert version is not None
        version.purpose = purpose
        shown = notice(version, language)
        activities.append(
            {
                "activity": version.processing_activity,
                "purpose": purpose.slug,
                "version": version.number,
                "controller": shown["controller"],
                "title": shown["title"],
                "why": shown["why"],
                "legalBasis": shown["legalBasis"],
                "dataSubjects": _("Residents who answer the question of this purpose"),
                "dataCategories": sorted({field["category"] for field in shown["fields"]}),
                "data": [field["title"] for field in shown["fields"]],
                "specialData": [field["title"] for field in shown["fields"] if field["sensitivity"] == "special"],
                "recipients": [recipient["name"] for recipient in shown["recipients"]],
                "storagePlace": shown.get("storagePlace", ""),
                "automatedDecisions": shown.get("automatedDecisions", {}).get("text", ""),
                "retentionDays": shown["retentionDays"],
                "dpiaReference": shown["dpiaReference"],
                "security": _(
                    "Each copy of data is encrypted with a key of its own consent, which is destroyed when the consent"
                    " ends. Every question, answer and look stands in a log that nobody can change unseen."
                ),
            }
        )
    return activities
