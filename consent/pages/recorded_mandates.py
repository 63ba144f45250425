"""`/desk/mandates/`: what a registrar recorded of who acts for whom.

Citizen service numbers travel in the body of a POST only, and no page shows one.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.errors import InvalidMandate
from consent.models import Mandate, Member, Role
from consent.pages.access import member_page
from consent.pages.mandate_forms import GuardianForm, RepresentativeForm, VerifiedForm
from consent.pages.mandate_words import mandate_cards
from consent.services.end_mandate import end_mandate
from consent.services.mandates import record_guardian, record_representative, refuse_record

PAGE = 50
REFUSE = "refuse"


@require_safe
@member_page(Role.REGISTRAR)
def recorded(request: HttpRequest, member: Member) -> HttpResponse:
    """Show what this organisation recorded, the newest first."""
    mandates = (
        Mandate.objects.filter(organisation=member.organisation)
        .select_related("citizen__account", "holder__account", "organisation")
        .order_by("-id")
    )
    before = _id(request.GET.get("before", ""))
    if before is not None:
        mandates = mandates.filter(pk__lt=before)
    page = list(mandates[: PAGE + 1])
    context = {
        "member": member,
        "mandates": mandate_cards(page[:PAGE], now=timezone.now()),
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
        "first": before is None,
    }
    return render(request, "consent/mandates_recorded.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.REGISTRAR)
def guardian(request: HttpRequest, member: Member) -> HttpResponse:
    """Record the guardian of a child, or that it could not be verified."""
    form = GuardianForm(request.POST if request.method == "POST" else None)

    def record(chosen: dict[str, Any]) -> object:
        return record_guardian(
            member=member,
            child_bsn=chosen["citizen_bsn"],
            child_name=chosen["citizen_name"],
            child_born_on=chosen["born_on"],
            guardian_bsn=chosen["holder_bsn"],
            guardian_name=chosen["holder_name"],
            verification=chosen["verification"],
            reference=chosen["reference"],
        )

    return _form(request, member, form, record, kind=Mandate.Kind.GUARDIAN)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.REGISTRAR)
def representative(request: HttpRequest, member: Member) -> HttpResponse:
    """Record somebody's representative, or that it could not be verified."""
    form = RepresentativeForm(request.POST if request.method == "POST" else None)

    def record(chosen: dict[str, Any]) -> object:
        return record_representative(
            member=member,
            citizen_bsn=chosen["citizen_bsn"],
            citizen_name=chosen["citizen_name"],
            holder_bsn=chosen["holder_bsn"],
            holder_name=chosen["holder_name"],
            verification=chosen["verification"],
            reference=chosen["reference"],
            **form.limits(),
        )

    return _form(request, member, form, record, kind=Mandate.Kind.REPRESENTATIVE)


@require_POST
@member_page(Role.REGISTRAR)
def end(request: HttpRequest, member: Member, mandate_id: UUID) -> HttpResponse:
    """End a mandate; `invalid` also ends what was agreed to under it."""
    end_mandate(member=member, mandate_id=mandate_id, invalid=request.POST.get("invalid") == "yes")
    messages.success(request, _("The mandate has ended. Nobody can act under it any more."))
    return redirect("desk-mandates")


def _form(
    request: HttpRequest,
    member: Member,
    form: VerifiedForm,
    record: Callable[[dict[str, Any]], object],
    *,
    kind: Mandate.Kind,
) -> HttpResponse:
    status = 200
    if form.is_bound:
        try:
            if request.POST.get("answer") == REFUSE:
                refuse_record(
                    member=member,
                    kind=kind,
                    citizen_bsn=request.POST.get("citizen_bsn", ""),
                    reference=request.POST.get("reference", "")[:100],
                )
                messages.info(request, _("It was not recorded. The log keeps that it was asked."))
                return redirect("desk-mandates")
            if form.is_valid():
                record(form.cleaned_data)
                messages.success(request, _("The mandate was recorded."))
                return redirect("desk-mandates")
            status = 400
        except InvalidMandate as error:
            form.add_domain_error(error)
            status = error.status
    context = {
        "member": member,
        "form": form,
        "errors": form.error_links(),
        "guardian": kind == Mandate.Kind.GUARDIAN,
        "chosen_acts": form["acts"].value() or [] if "acts" in form.fields else [],
        "chosen_purposes": form["purposes"].value() or [] if "purposes" in form.fields else [],
    }
    return render(request, "consent/mandate_record.html", context, status=status)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
