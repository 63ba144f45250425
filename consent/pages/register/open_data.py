"""The register as open data, for any program of anybody: JSON and CSV, with the figures as people see them."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.csv_cells import csv_text
from consent.keys.rotation.horizon import horizon_days
from consent.models import Purpose, PurposeVersion
from consent.published_figures import (
    OF_A_PURPOSE,
    figure_head,
    figures_of_departments,
    figures_of_purposes,
    no_figures,
)
from consent.shown_count import SMALLEST

ABOUT = {
    "title": "Register of purposes: open data",
    "license": "https://creativecommons.org/publicdomain/zero/1.0/",
    "figures": (
        "Counted from the audit log. Every count is rounded down to a whole ten; null means fewer than ten, zero"
        " included. asked: requests by organisations. granted, refused, withdrawn, expired: answers of residents and"
        " how they ended. used: times that data was read."
    ),
    "departments": (
        "wanted: times that a department wanted to read data. askedMore: how many of those times it asked for fields"
        " that the resident does not share. A department that wanted to read fewer than ten times is left out."
    ),
    "erasureHorizonDays": (
        "How many days after a consent ends its key can still be had from an old backup, at the most. Then nobody can"
        " open what was shared under it."
    ),
    "versions": (
        "notices holds each text as residents read it, by language; noticeHashes the SHA-256 of its canonical JSON"
        " (RFC 8785), which every consent keeps."
    ),
}
_COLUMNS = (
    "purpose", "title_nl", "title_en", "organisation_oin", "organisation", "in_use", "version", "published_at",
    "legal_basis", "recipients", "fields_required", "fields_optional", "longest_validity_days", "most_uses",
    "retention_days", "storage_place_nl", "automated_decisions_nl", "dpia_reference", "dpia_review_on",
    "pilot_ends_on", "notice_hash_nl", "notice_hash_en", *OF_A_PURPOSE,
)  # fmt: skip


@require_safe
def data_json(request: HttpRequest) -> HttpResponse:
    """Answer with every published purpose and version, and its figures."""
    head = figure_head()
    figures, departments = figures_of_purposes(), figures_of_departments()
    document = {
        "about": ABOUT | {"page": f"{settings.SERVICE_ADDRESS}{reverse('register')}"},
        "countedAt": head.counted_at.isoformat() if head else None,
        "countsBelowAreHidden": SMALLEST,
        "erasureHorizonDays": horizon_days(),
        "purposes": [
            {
                "slug": purpose.slug,
                "organisation": {"oin": purpose.organisation.oin, "name": purpose.organisation.name},
                "inUse": purpose.retired_at is None,
                "retiredAt": purpose.retired_at.isoformat() if purpose.retired_at else None,
                "currentVersion": purpose.current_version.number if purpose.current_version else None,
                "figures": figures.get(purpose.slug, no_figures()),
                "departments": [
                    {
                        "oin": one.oin,
                        "department": one.department,
                        "wanted": one.wanted,
                        "askedMore": one.asked_more,
                    }
                    for one in departments.get(purpose.slug, [])
                ],
                "versions": [_version(version) for version in purpose.versions.all() if version.published_at],
            }
            for purpose in _published_purposes().prefetch_related("versions")
        ],
    }
    return opened(JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1}))


@require_safe
def data_csv(request: HttpRequest) -> HttpResponse:
    """Answer with one line a purpose: what its current version says, and its figures."""
    figures = figures_of_purposes()
    rows = [
        _row(purpose, purpose.current_version, figures.get(purpose.slug, no_figures()))
        for purpose in _published_purposes()
        if purpose.current_version is not None
    ]
    return opened(csv_answer(csv_text(_COLUMNS, rows), "register.csv"))


def opened(answer: HttpResponse) -> HttpResponse:
    """Let scripts of any site read the answer, and caches keep it for as long as it takes to count again."""
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "public, max-age=60"
    return answer


def csv_answer(text: str, name: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _published_purposes() -> Any:
    return (
        Purpose.objects.filter(current_version__isnull=False)
        .select_related("organisation", "current_version")
        .order_by("slug")
    )


def _version(version: PurposeVersion) -> dict[str, Any]:
    assert version.published_at is not None
    return {
        "id": str(version.pk),
        "number": version.number,
        "publishedAt": version.published_at.isoformat(),
        "legalBasis": version.legal_basis,
        "powerImbalanceAssessment": version.power_imbalance_assessment,
        "dpiaReference": version.dpia_reference,
        "dpiaReviewOn": version.dpia_review_on.isoformat() if version.dpia_review_on else None,
        "processingActivity": version.processing_activity,
        "adoptedFrom": version.adopted_from or None,
        "noticeHashes": version.notice_hashes,
        "notices": version.notices,
    }


def _row(purpose: Purpose, version: PurposeVersion, figures: dict[str, int | None]) -> list[object]:
    asked = version.notices["nl"]["fields"]
    return [
        purpose.slug,
        version.text("nl")["title"],
        version.text("en")["title"],
        purpose.organisation.oin,
        purpose.organisation.name,
        "yes" if purpose.retired_at is None else "no",
        version.number,
        version.published_at.isoformat() if version.published_at else "",
        version.legal_basis,
        " ".join(version.recipients),
        " ".join(field["name"] for field in asked if field["required"]),
        " ".join(field["name"] for field in asked if not field["required"]),
        version.longest_validity_days,
        version.most_uses,
        version.retention_days,
        version.storage_place.get("nl", ""),
        version.automated_decisions.get("nl", ""),
        version.dpia_reference,
        version.dpia_review_on,
        version.pilot_ends_on,
        version.notice_hashes.get("nl", ""),
        version.notice_hashes.get("en", ""),
        *(f"fewer than {SMALLEST}" if figures[measure] is None else figures[measure] for measure in OF_A_PURPOSE),
    ]
