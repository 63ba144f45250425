"""The desk of staff: what the own organisation asked, what residents offer, and what is to be deleted."""

from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consent.models import Member, Role
from consent.pages.access import member_page
from sharing.errors import InvalidRequest
from sharing.models import Request
from sharing.pages.deletions import deletions_due
from sharing.pages.forms import CaseSearch
from sharing.pages.offers import waiting_offers

PAGE = 25


@require_safe
@member_page(Role.REQUESTER)
def desk(request: HttpRequest, member: Member) -> HttpResponse:
    """List what the own organisation asked, newest first; `?case=` finds the cases that begin so."""
    language = get_language() or "nl"
    search = CaseSearch(request.GET)
    asked = Request.objects.of_organisation(member.organisation_id).newest_first()
    case = search.cleaned_data["case"] if search.is_valid() else ""
    if case:
        asked = asked.filter(case__istartswith=case)
    elif search.errors:
        asked = asked.none()
    if before := request.GET.get("before", ""):
        asked = asked.filter(pk__lt=_place(before))
    # Counting comes after cutting: the count of releases is a query a page, and not one of the whole table.
    found = list(asked.select_related("purpose_version")[: PAGE + 1])
    times = _times_read(found[:PAGE])
    context = {
        "member": member,
        "search": search,
        "case": case,
        "rows": [
            {
                "id": one.pk,
                "case": one.case,
                "purpose": one.purpose_version.text(language)["title"],
                "department": one.department,
                "requested_at": one.requested_at,
                "times": times.get(one.pk, 0),
            }
            for one in found[:PAGE]
        ],
        "older": found[PAGE - 1].pk if len(found) > PAGE else "",
        "first": not before,
        "offers": waiting_offers(member, language),
        "deletions": deletions_due(member),
    }
    return render(request, "sharing/desk.html", context)


def _times_read(asked: list[Request]) -> dict[UUID, int]:
    counted = Request.objects.filter(pk__in=[one.pk for one in asked]).annotate(times=Count("releases"))
    return dict(counted.values_list("pk", "times"))


def _place(before: str) -> UUID:
    try:
        return UUID(before)
    except ValueError:
        raise InvalidRequest(_("This page of the list does not exist.")) from None
