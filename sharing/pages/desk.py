"""The desk of staff: asking for data, and reading exactly what the resident shares."""

from http import HTTPStatus
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consent.models import Member, Purpose, PurposeVersion, Role
from consent.pages.access import member_page
from consent.pages.timeline import field_titles, reasons
from sharing.errors import InvalidRequest, RequestNotFound
from sharing.models import Request
from sharing.pages.forms import CaseSearch, RequestForm
from sharing.pages.shown_value import shown_value
from sharing.release_outcome import ReleaseOutcome
from sharing.services.release import release
from sharing.services.request import create_request

PAGE = 25


@require_safe
@member_page(Role.REQUESTER)
def desk(request: HttpRequest, member: Member) -> HttpResponse:
    """List what the own organisation asked, newest first; `?case=` finds the requests of one case."""
    language = get_language() or "nl"
    search = CaseSearch(request.GET)
    asked = Request.objects.of_organisation(member.organisation_id).newest_first()
    case = search.cleaned_data["case"] if search.is_valid() else ""
    if case:
        asked = asked.filter(case__iexact=case)
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
    }
    return render(request, "sharing/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.REQUESTER)
def new_request(request: HttpRequest, member: Member) -> HttpResponse:
    """Choose a purpose; then the fields, the resident and the case. A purpose may stand in the address, a BSN never."""
    language = get_language() or "nl"
    versions = _versions_for(member)
    slug = request.POST.get("purpose", "") if request.method == "POST" else request.GET.get("purpose", "")
    version = versions.get(slug)
    if version is None:
        if slug:
            messages.warning(request, _("Your organisation does not receive data for this purpose. Choose another."))
        purposes = [{"slug": name, **one.text(language)} for name, one in versions.items()]
        return render(request, "sharing/choose_purpose.html", {"member": member, "purposes": purposes})
    form = RequestForm(version, language, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = create_request(
                actor=member.as_actor(),
                purpose=slug,
                fields=form.cleaned_data["asked"],
                case=form.cleaned_data["case"],
                bsn=form.cleaned_data["bsn"],
            )
        except InvalidRequest as error:
            form.add_domain_error(error)
        else:
            messages.success(request, _("Your request is stored. A resident who has not answered yet is asked."))
            return redirect("desk-request", request_id=made.pk)
    context = {
        "member": member,
        "version": version,
        "slug": slug,
        "text": version.text(language),
        "fields": [
            {
                "name": field.name,
                "title": field.title(language),
                "reason": field.reason.get(language) or field.reason["nl"],
            }
            for field in version.fields.all()
        ],
        "form": form,
        "errors": _error_links(form),
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "sharing/new_request.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.REQUESTER)
def desk_request(request: HttpRequest, member: Member, request_id: UUID) -> HttpResponse:
    """Show a request; a POST reads the data, and the data stands in that one answer and nowhere else.

    Sending the same form again, by a reload or a second press, is the same reading: its hidden key says so.
    """
    asked = (
        Request.objects.of_organisation(member.organisation_id)
        .select_related("purpose_version__purpose")
        .filter(pk=request_id)
        .first()
    )
    if asked is None:
        raise RequestNotFound
    titles = field_titles([asked.purpose_version_id])
    context: dict[str, object] = {
        "asked": asked,
        "purpose": asked.purpose_version.text(get_language() or "nl")["title"],
        "fields": [titles.get(name, name) for name in asked.fields],
        "times": _times_read([asked]).get(asked.pk, 0),
        "idempotency_key": f"desk-{uuid4().hex}",
    }
    status = HTTPStatus.OK
    if request.method == "POST":
        outcome = release(
            actor=member.as_actor(),
            request_id=asked.pk,
            idempotency_key=request.POST.get("idempotency_key", ""),
        )
        context |= _outcome_context(outcome, titles)
        context["times"] = _times_read([asked]).get(asked.pk, 0)
        status = HTTPStatus.OK if outcome.released else HTTPStatus.FORBIDDEN
    return render(request, "sharing/request.html", context, status=status)


def _outcome_context(outcome: ReleaseOutcome, titles: dict[str, str]) -> dict[str, object]:
    released = outcome.released
    said = reasons([verdict.as_dict() for verdict in outcome.verdicts], titles)
    refused_by = {verdict.code for verdict in outcome.verdicts if not verdict.holds}
    return {
        "outcome": outcome,
        "held": [reason for reason in said if reason.holds],
        "failed": [reason for reason in said if not reason.holds],
        "tells_nothing": "not-available" in refused_by,
        "fields_not_shared": "fields" in refused_by,
        "released": released,
        "values": [
            {"title": titles.get(name, name), "value": shown_value(value)}
            for name, value in (released.data.items() if released else ())
        ],
        "absent": [titles.get(name, name) for name in (released.absent if released else ())],
    }


def _versions_for(member: Member) -> dict[str, PurposeVersion]:
    """Return the current version of each purpose for which the member's organisation receives data, by slug."""
    purposes = (
        Purpose.objects.in_force()
        .select_related("current_version")
        .prefetch_related("current_version__fields__dataset_version")
        .order_by("slug")
    )
    return {
        purpose.slug: purpose.current_version
        for purpose in purposes
        if purpose.current_version is not None and member.organisation.oin in purpose.current_version.recipients
    }


def _times_read(asked: list[Request]) -> dict[UUID, int]:
    counted = Request.objects.filter(pk__in=[one.pk for one in asked]).annotate(times=Count("releases"))
    return dict(counted.values_list("pk", "times"))


def _place(before: str) -> UUID:
    try:
        return UUID(before)
    except ValueError:
        raise InvalidRequest(_("This page of the list does not exist.")) from None


def _error_links(form: RequestForm) -> list[dict[str, str]]:
    places = {"asked": "asked", "bsn": "id_bsn", "case": "id_case"}
    return [
        {"target": places.get(name, ""), "text": str(text)} for name, texts in form.errors.items() for text in texts
    ]
