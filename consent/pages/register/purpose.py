"""One purpose in the register: its text, all its versions, what is different between two, and its figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from consent.errors import PurposeNotFound
from consent.models import PurposeVersion
from consent.pages.difference_words import difference_context
from consent.pages.register.figure_words import department_figures, purpose_figures
from consent.pages.register.notice_context import notice_context
from consent.published_figures import figure_head, figures_of_departments, figures_of_purposes, no_figures


@require_safe
def register_purpose(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the notice of a purpose as citizens read it: the current version, or an older one by `?version=`."""
    language = get_language() or "nl"
    versions = _published_versions(slug)
    wanted = request.GET.get("version", "")
    version = next((one for one in versions if not wanted or str(one.number) == wanted), None)
    if version is None:
        raise PurposeNotFound
    earlier = next((one for one in versions if one.number < version.number), None)
    context = {
        "version": version,
        "versions": versions,
        "earlier": earlier,
        "current": version.pk == version.purpose.current_version_id,
        "retired": version.purpose.retired_at is not None,
        "hashes": sorted(version.notice_hashes.items(), reverse=True),
        "figures": purpose_figures(figures_of_purposes(slug).get(slug, no_figures())),
        "departments": department_figures(figures_of_departments(slug).get(slug, []), language),
        "head": figure_head(),
        **notice_context(version, language),
    }
    return render(request, "consent/register_purpose.html", context)


@require_safe
def register_difference(request: HttpRequest, slug: str, before: int, after: int) -> HttpResponse:
    """Show what is different between two published versions."""
    language = get_language() or "nl"
    versions = {version.number: version for version in _published_versions(slug)}
    if before == after or not {before, after} <= versions.keys():
        raise PurposeNotFound
    context = {
        "before": versions[before],
        "after": versions[after],
        "title": versions[after].text(language)["title"],
        "slug": slug,
        **difference_context(versions[before], versions[after], language),
    }
    return render(request, "consent/register_difference.html", context)


def _published_versions(slug: str) -> list[PurposeVersion]:
    return list(
        PurposeVersion.objects.filter(purpose__slug=slug, state=PurposeVersion.State.PUBLISHED)
        .select_related("purpose__organisation")
        .prefetch_related("fields__dataset_version")
        .order_by("-number")
    )
