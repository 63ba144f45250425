"""`/my/mandates/`: who may act for me, for whom I may act, and giving somebody a mandate."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from uuid_utils.compat import uuid7

from consent.errors import CodeRefused, InvalidMandate, MandateNotFound, MandateRequired, TooManyCodes
from consent.models import Citizen, ConsentChange, Mandate
from consent.pages.access import MANDATE, own_page
from consent.pages.mandate_forms import CodeForm, GiveForm
from consent.pages.mandate_words import EVENTS, mandate_cards, name_of
from consent.services.end_mandate import end_mandate
from consent.services.mandate_code import accept_mandate, give_mandate

MOST = 50
# A code that was made is shown on the next page, and on no other.
SHOWN_CODE = "mandate-code"


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def my_mandates(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Show mandates on both sides; a POST fills in a code."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            accept_mandate(holder=citizen, code=form.cleaned_data["code"])
        except (CodeRefused, TooManyCodes) as error:
            form.add_domain_error(error)
            status = error.status
        else:
            messages.success(request, _("You may act for this person from now on."))
            return redirect("my-mandates")
    elif form.is_bound:
        status = 400
    now = timezone.now()
    loaded = Mandate.objects.select_related("citizen__account", "holder__account", "organisation").order_by("-id")
    context = {
        "form": form,
        "errors": form.error_links(),
        "given": mandate_cards(list(loaded.about(citizen)[:MOST]), now=now),
        "held": mandate_cards(list(loaded.held_by(citizen)[:MOST]), now=now),
        "did": _did(citizen),
        "code": request.session.pop(SHOWN_CODE, "") if request.method == "GET" else "",
    }
    return render(request, "consent/mandates.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def give(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Ask what somebody may do for this citizen, and make the code for it."""
    form = GiveForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            _mandate, code = give_mandate(citizen=citizen, mandate_id=form.mandate_id(), **form.limits())
        except (InvalidMandate, MandateRequired) as error:
            form.add_domain_error(error)
            status = error.status
        else:
            if code:
                request.session[SHOWN_CODE] = code
            return redirect("my-mandates")
    elif form.is_bound:
        status = 400
    once = form.data.get("once", "") if form.is_bound and "once" not in form.errors else str(uuid7())
    context = {
        "form": form,
        "errors": form.error_links(),
        "once": once,
        "chosen_acts": form["acts"].value() or [],
        "chosen_purposes": form["purposes"].value() or [],
    }
    return render(request, "consent/mandate_give.html", context, status=status)


@require_POST
@own_page
def act(request: HttpRequest, citizen: Citizen, mandate_id: UUID) -> HttpResponse:
    """Act for another from here on."""
    mandate = Mandate.objects.held_by(citizen).in_force(timezone.now()).filter(pk=mandate_id).first()
    if mandate is None:
        raise MandateNotFound
    request.session[MANDATE] = str(mandate.pk)
    _outdate_open_forms(request)
    return redirect("my")


@require_POST
@own_page
def stop(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Act for oneself again."""
    if request.session.pop(MANDATE, None) is not None:
        _outdate_open_forms(request)
        messages.info(request, _("You act for yourself again."))
    return redirect("my-mandates")


@require_POST
@own_page
def end(request: HttpRequest, citizen: Citizen, mandate_id: UUID) -> HttpResponse:
    """End a mandate that this citizen gave or holds."""
    end_mandate(citizen=citizen, mandate_id=mandate_id)
    if request.session.get(MANDATE) == str(mandate_id):
        del request.session[MANDATE]
        _outdate_open_forms(request)
    messages.success(request, _("The mandate has ended. Nobody can act under it any more."))
    return redirect("my-mandates")


def _outdate_open_forms(request: HttpRequest) -> None:
    """Refuse the forms of pages in other windows: they were filled in for another person than the one now acted for."""
    rotate_token(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that this citizen did for another."""

    person: str
    what: str
    purpose: str
    organisation: str
    at: datetime


def _did(citizen: Citizen) -> list[Deed]:
    """Return the newest of what this citizen did for others."""
    held = list(Mandate.objects.held_by(citizen).values_list("pk", "citizen_id"))
    # By the people too: it is their consents that the index finds.
    changes = ConsentChange.objects.filter(
        mandate_id__in=[pk for pk, _person in held], consent__citizen_id__in=[person for _pk, person in held]
    ).select_related("consent__citizen__account", "consent__organisation", "purpose_version")
    language = get_language() or "nl"
    return [
        Deed(
            person=name_of(change.consent.citizen),
            what=str(EVENTS.get(change.event, change.event)),
            purpose=change.purpose_version.text(language)["title"],
            organisation=change.consent.organisation.name,
            at=change.at,
        )
        for change in changes.order_by("-id")[:MOST]
    ]
