"""The purposes of the own organisation, with what waits for whom."""

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from consent.models import Member, PurposeVersion, Role
from consent.pages.access import member_page
from consent.pages.purposes.versions import STATES, own_roles
from consent.pages.words import in_words

PAGE = 50


@require_safe
@member_page(Role.PURPOSE_EDITOR, Role.PRIVACY_OFFICER)
def desk_purposes(request: HttpRequest, member: Member) -> HttpResponse:
    """List the versions that wait for somebody first, then those in force; older ones stand in the register."""
    language = get_language() or "nl"
    roles = own_roles(member)
    versions = (
        PurposeVersion.objects.filter(purpose__organisation__in=list(roles))
        .select_related("purpose__organisation", "author")
        .order_by("purpose__slug", "-number")
    )
    open_versions = [
        _row(version, language) for version in versions.exclude(state=PurposeVersion.State.PUBLISHED)[:PAGE]
    ]
    in_force = [_row(version, language) for version in versions.filter(purpose__current_version=F("pk"))[:PAGE]]
    context = {
        "member": member,
        "open_versions": open_versions,
        "in_force": in_force,
        "edits": any(Role.PURPOSE_EDITOR in held for held in roles.values()),
    }
    return render(request, "consent/purposes/overview.html", context)


def _row(version: PurposeVersion, language: str) -> dict[str, object]:
    return {
        "id": version.pk,
        "title": version.text(language).get("title") or version.purpose.slug,
        "number": version.number,
        "organisation": version.purpose.organisation.name,
        "state": version.state,
        "state_title": in_words(STATES, version.state),
        "author": version.author.display_name,
        "retired": version.purpose.retired_at is not None,
        "remarks": version.remarks,
    }
