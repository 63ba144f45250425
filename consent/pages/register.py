"""The public register: every purpose for which data was ever asked, and the text that citizens read."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from audit.models import Checkpoint
from consent.errors import PurposeNotFound
from consent.models import Purpose, PurposeVersion
from consent.notice import notice
from consent.pages.words import LEGAL_BASES, SENSITIVITIES, in_words


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Show every published purpose, those in use first."""
    language = get_language() or "nl"
    purposes = (
        Purpose.objects.filter(current_version__isnull=False)
        .select_related("organisation", "current_version")
        .order_by("organisation__name", "slug")
    )
    rows = [
        {
            "slug": purpose.slug,
            "retired": purpose.retired_at is not None,
            "organisation": purpose.organisation.name,
            "number": version.number,
            "published_at": version.published_at,
            "legal_basis": in_words(LEGAL_BASES, version.legal_basis),
            **version.text(language),
        }
        for purpose in purposes
        if (version := purpose.current_version) is not None
    ]
    rows.sort(key=lambda row: bool(row["retired"]))
    checkpoint = Checkpoint.objects.newest_first().first()
    return render(request, "consent/register.html", {"purposes": rows, "checkpoint": checkpoint})


@require_safe
def register_purpose(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the notice of a purpose as citizens read it: the current version, or an older one by `?version=`."""
    language = get_language() or "nl"
    versions = list(
        PurposeVersion.objects.filter(purpose__slug=slug, state=PurposeVersion.State.PUBLISHED)
        .select_related("purpose__organisation")
        .order_by("-number")
    )
    wanted = request.GET.get("version", "")
    version = next((one for one in versions if not wanted or str(one.number) == wanted), None)
    if version is None:
        raise PurposeNotFound
    context = {
        "version": version,
        "versions": versions,
        "current": version.pk == version.purpose.current_version_id,
        "retired": version.purpose.retired_at is not None,
        "hashes": sorted(version.notice_hashes.items(), reverse=True),
        **notice_context(version, language),
    }
    return render(request, "consent/register_purpose.html", context)


def notice_context(version: PurposeVersion, language: str) -> dict[str, Any]:
    """Return what `consent/notice.html` shows: the notice itself, and its codes in words."""
    shown = notice(version, language)
    return {
        "notice": shown,
        "legal_basis": in_words(LEGAL_BASES, version.legal_basis),
        "asked_fields": [
            {**field, "sensitivity_title": SENSITIVITIES.get(field["sensitivity"], "")} for field in shown["fields"]
        ],
    }
