"""Asking for data: choose a purpose, then the fields, the resident and the case."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent.models import Member, Purpose, PurposeVersion, Role
from consent.pages.access import member_page
from sharing.errors import InvalidRequest
from sharing.pages.forms import RequestForm
from sharing.pages.places import places_of
from sharing.services.request import create_request


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
    areas = places_of(member.organisation_id, version.purpose.organisation_id)
    form = RequestForm(version, areas, language, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = create_request(
                actor=member.as_actor(),
                purpose=slug,
                fields=form.cleaned_data["asked"],
                case=form.cleaned_data["case"],
                bsn=form.cleaned_data["bsn"],
                place=form.place(),
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
        "asks_place": bool(areas),
        "errors": _error_links(form),
    }
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "sharing/new_request.html", context, status=status)


def _versions_for(member: Member) -> dict[str, PurposeVersion]:
    """Return the current version of each purpose for which the member's organisation receives data, by slug."""
    purposes = (
        Purpose.objects.in_force()
        .select_related("current_version__purpose")
        .prefetch_related("current_version__fields__dataset_version")
        .order_by("slug")
    )
    return {
        purpose.slug: purpose.current_version
        for purpose in purposes
        if purpose.current_version is not None and member.organisation.oin in purpose.current_version.recipients
    }


def _error_links(form: RequestForm) -> list[dict[str, str]]:
    places = {"asked": "asked", "bsn": "id_bsn", "case": "id_case", "area": "id_area"}
    return [
        {"target": places.get(name, ""), "text": str(text)} for name, texts in form.errors.items() for text in texts
    ]
