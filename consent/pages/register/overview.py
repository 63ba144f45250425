"""The register itself: every published purpose, those in use first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from audit.deferral.figures import deferral_figures
from audit.models import Checkpoint
from consent.keys.rotation.horizon import horizon_days
from consent.models import Purpose
from consent.pages.register.figure_words import purpose_figures
from consent.pages.words import LEGAL_BASES, in_words
from consent.published_figures import figure_head, figures_of_purposes, no_figures


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Show every published purpose, those in use first."""
    language = get_language() or "nl"
    purposes = (
        Purpose.objects.filter(current_version__isnull=False)
        .select_related("organisation", "current_version")
        .order_by("organisation__name", "slug")
    )
    figures = figures_of_purposes()
    rows = [
        {
            "slug": purpose.slug,
            "retired": purpose.retired_at is not None,
            "organisation": purpose.organisation.name,
            "number": version.number,
            "published_at": version.published_at,
            "pilot_ends_on": version.pilot_ends_on,
            "legal_basis": in_words(LEGAL_BASES, version.legal_basis),
            "figures": purpose_figures(figures.get(purpose.slug, no_figures())),
            **version.text(language),
        }
        for purpose in purposes
        if (version := purpose.current_version) is not None
    ]
    rows.sort(key=lambda row: bool(row["retired"]))
    context = {
        "purposes": rows,
        "checkpoint": Checkpoint.objects.newest_published(),
        "kept_back": deferral_figures(),
        "head": figure_head(),
        "horizon_days": horizon_days(),
    }
    return render(request, "consent/register.html", context)
