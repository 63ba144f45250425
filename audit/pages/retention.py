"""`/oversight/retention/`: what is kept how long, what is held, and what is erased before its time."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.errors import Forbidden, Invalid, NotFound
from audit.models import ErasureOrder, Hold
from audit.pages.access import auditor_page
from audit.pages.error_links import error_links
from audit.pages.retention_forms import GROUNDS, ErasureOrderForm, HoldForm, StepForm
from audit.people import Viewer
from audit.retention.classes import CLASSES
from audit.retention.table import rules_at_work
from audit.services.erasure_order import (
    PRIVACY_OFFICER,
    NothingToErase,
    approve_erasure,
    decline_erasure,
    order_erasure,
)
from audit.services.legal_hold import lift_hold, place_hold
from audit.services.log_reading import log_reading

MOST_SHOWN = 50


@require_safe
@auditor_page
def retention(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the rules at work, the holds and the orders of the organisations that the viewer oversees."""
    now = timezone.now()
    holds = Hold.objects.standing(now).newest_first()
    if viewer.organisations is not None:
        holds = holds.filter(organisation__in=viewer.organisations)
    orders = ErasureOrder.objects.of_organisations(viewer.organisations).newest_first()[:MOST_SHOWN]
    log_reading(viewer=viewer, shown=0, details={"page": "retention"})
    context = {
        "rules": rules_at_work(now=now),
        "holds": holds[:MOST_SHOWN],
        "orders": [_order_in_words(order, viewer) for order in orders],
        "may_order": viewer.role == PRIVACY_OFFICER,
    }
    return render(request, "audit/retention.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def new_hold(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Place a legal hold."""
    form = HoldForm(request.POST if request.method == "POST" else None)

    def place() -> str:
        place_hold(viewer=viewer, **form.arguments())
        return _("The hold stands. What it covers is not erased.")

    return _step(request, form, place, template="audit/hold_new.html")


@require_POST
@auditor_page
def lift(request: HttpRequest, viewer: Viewer, hold_id: UUID) -> HttpResponse:
    """Lift a legal hold."""
    lift_hold(viewer=viewer, hold_id=hold_id)
    messages.success(request, _("The hold was lifted."))
    return redirect("oversight-retention")


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def new_order(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Order an erasure, for a privacy officer."""
    if viewer.role != PRIVACY_OFFICER:
        raise Forbidden(_("Only a privacy officer orders an erasure."))
    form = ErasureOrderForm(request.POST if request.method == "POST" else None)

    def order() -> str:
        order_erasure(viewer=viewer, **form.arguments())
        return _("The erasure was ordered. A second person approves it.")

    return _step(request, form, order, template="audit/erasure_order_new.html")


@require_POST
@auditor_page
def decide(request: HttpRequest, viewer: Viewer, order_id: UUID, answer: str) -> HttpResponse:
    """Approve or decline an order of somebody else; one's own can be declined."""
    if answer == "approve":
        approve_erasure(viewer=viewer, order_id=order_id)
        messages.success(request, _("The erasure was approved. The eraser carries it out at its next run."))
    elif answer == "decline":
        decline_erasure(viewer=viewer, order_id=order_id)
        messages.success(request, _("The erasure was declined."))
    else:
        raise NotFound
    return redirect("oversight-retention")


def _step(request: HttpRequest, form: StepForm, take: Callable[[], str], *, template: str) -> HttpResponse:
    """Show a form; where it is filled in well, take the step and go back to the list."""
    status = 200
    kept: list[dict[str, Any]] = []
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                messages.success(request, take())
            except Invalid as error:
                form.add_domain_error(error)
                kept = _kept_in_words(error.kept) if isinstance(error, NothingToErase) else []
            else:
                return redirect("oversight-retention")
    context = {"form": form, "errors": error_links(form), "kept": kept}
    return render(request, template, context, status=status)


def _order_in_words(order: ErasureOrder, viewer: Viewer) -> dict[str, Any]:
    return {
        "order": order,
        "ground": GROUNDS[ErasureOrder.Ground(order.ground)],
        "kept": _kept_in_words(order.kept),
        "own": order.ordered_by == viewer.person,
    }


def _kept_in_words(kept: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"title": CLASSES[name].title, "required": CLASSES[name].required, "number": number}
        for name, number in kept.items()
    ]
