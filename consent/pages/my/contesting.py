"""Saying that a line of the history looks wrong, and taking that back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from audit.contests.contestable import answers_for
from audit.contests.errors import ContestedAlready, ContestNotOpen, NotContestable
from audit.contests.lifecycle import answer_due
from audit.pages.error_links import error_links
from audit.people import people
from consent.acting import Acting
from consent.pages.access import citizen_page
from consent.pages.forms.contest import ContestForm
from consent.pages.my.lines import line
from consent.pages.timeline import timeline
from consent.services.contest import raise_contest, withdraw_contest


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def contest(request: HttpRequest, acting: Acting, entry_id: UUID) -> HttpResponse:
    """Show the line, who answers and by when, and ask what looks wrong; a POST sends it."""
    record = line(acting, entry_id)
    shown = timeline([record], acting)[0].newest
    organisation = answers_for(record.entry)
    if not organisation:
        raise NotContestable(_("This line names no organisation that could answer for it."))
    if shown.contest is not None and shown.contest.is_going:
        # The button was pressed twice, or in a second window: what was sent stands beside the line.
        return _to_line(entry_id)
    form = ContestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            raise_contest(
                citizen=acting.citizen,
                entry_id=entry_id,
                words=form.cleaned_data["words"],
                mandate=acting.mandate,
            )
        except ContestedAlready:
            return _to_line(entry_id)
        messages.success(request, _("We sent it. The answer will stand beside the line."))
        return _to_line(entry_id)
    context = {
        "event": shown,
        "form": form,
        "errors": error_links(form),
        "organisation": people().organisation_names([organisation]).get(organisation, organisation),
        "due_on": answer_due(timezone.localdate()),
    }
    return render(request, "consent/contest.html", context)


@require_POST
@citizen_page
def take_contest_back(request: HttpRequest, acting: Acting, contest_id: UUID) -> HttpResponse:
    """Take a contest back."""
    try:
        taken_back = withdraw_contest(citizen=acting.citizen, contest_id=contest_id, mandate=acting.mandate)
    except ContestNotOpen:
        messages.info(request, _("It was answered already. You find the answer beside the line."))
        return redirect("my-history")
    messages.success(request, _("You took it back. Nobody looks into it any more."))
    return _to_line(taken_back.entry_id)


def _to_line(entry_id: UUID) -> HttpResponse:
    return redirect(reverse("my-line", args=[entry_id]))
