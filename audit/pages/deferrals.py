"""`/oversight/deferrals/`: what residents are told later, why, and how much it is."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.deferral.described import deferral_rows
from audit.deferral.figures import deferral_figures
from audit.errors import Forbidden
from audit.models import Deferral
from audit.pages.access import auditor_page
from audit.people import Viewer
from audit.services.deferral import lift_deferral
from audit.services.log_reading import log_reading

MOST = 100
MAY_LIFT = "privacy-officer"


@require_safe
@auditor_page
def deferrals(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the deferrals of the organisations that this viewer oversees, newest first."""
    found = list(Deferral.objects.of_organisations(viewer.organisations).newest_first()[:MOST])
    log_reading(viewer=viewer, shown=len(found), details={"list": "deferrals"})
    context = {
        "rows": deferral_rows(found),
        "figures": deferral_figures(),
        "may_lift": viewer.role == MAY_LIFT,
    }
    return render(request, "audit/deferrals.html", context)


@require_POST
@auditor_page
def lift(request: HttpRequest, viewer: Viewer, deferral_id: UUID) -> HttpResponse:
    """Let residents see at once what one deferral kept back."""
    if viewer.role != MAY_LIFT:
        raise Forbidden(_("Only the privacy officer ends a deferral before its day."))
    lift_deferral(by=viewer, deferral_id=deferral_id)
    messages.success(request, _("The residents see it from now on."))
    return redirect("oversight-deferrals")
