"""The record of processing activities, as page, JSON and CSV."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from audit.csv_cells import csv_text
from audit.retention.table import rules
from consent.pages.register.open_data import csv_answer, opened
from consent.pages.words import LEGAL_BASES, in_words
from consent.record_of_processing import record_of_processing

_COLUMNS = (
    "activity", "purpose", "version", "controller", "controller_oin", "contact", "privacy_contact", "title",
    "legal_basis", "data_subjects", "data_categories", "data", "special_data", "recipients", "storage_place",
    "automated_decisions", "retention_days", "dpia_reference", "security",
)  # fmt: skip


@require_safe
def processing(request: HttpRequest) -> HttpResponse:
    """Show the record of processing in the reader's language."""
    activities = [
        activity | {"legal_basis": in_words(LEGAL_BASES, activity["legalBasis"])}
        for activity in record_of_processing(get_language() or "nl")
    ]
    context = {"activities": activities, "rules_of_log": rules()}
    return render(request, "consent/register_processing.html", context)


@require_safe
def processing_json(request: HttpRequest) -> HttpResponse:
    """Answer with the record of processing, in the language of the caller."""
    document = {"activities": record_of_processing(get_language() or "nl")}
    return _varies(JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1}))


@require_safe
def processing_csv(request: HttpRequest) -> HttpResponse:
    """Answer with one line an activity, in the language of the caller."""
    rows = [_row(activity) for activity in record_of_processing(get_language() or "nl")]
    return _varies(csv_answer(csv_text(_COLUMNS, rows), "record-of-processing.csv"))


def _varies(answer: HttpResponse) -> HttpResponse:
    answer["Vary"] = "Accept-Language, Cookie"
    return opened(answer)


def _row(activity: dict[str, Any]) -> list[object]:
    controller = activity["controller"]
    return [
        activity["activity"],
        activity["purpose"],
        activity["version"],
        controller["name"],
        controller["oin"],
        controller["contact"],
        controller["privacyContact"],
        activity["title"],
        activity["legalBasis"],
        activity["dataSubjects"],
        " ".join(activity["dataCategories"]),
        "; ".join(activity["data"]),
        "; ".join(activity["specialData"]),
        "; ".join(activity["recipients"]),
        activity["storagePlace"],
        activity["automatedDecisions"],
        activity["retentionDays"],
        activity["dpiaReference"],
        activity["security"],
    ]
