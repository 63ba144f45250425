"""`/oversight/findings/`: unusual patterns that were found, and what is done with them. Looking is an entry."""

from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.models import Finding, FindingNote, PatternHead
from audit.pages.access import auditor_page
from audit.pages.finding_words import MOVES, RELATIONS, STATES
from audit.pages.oversight import described_entries
from audit.pages.paging import InvalidPlace
from audit.patterns.kinds import KINDS
from audit.patterns.states import ALLOWED, NEEDS_NOTE, State
from audit.people import Viewer, people
from audit.services.findings import (
    LONGEST_NOTE,
    FindingNotFound,
    move_finding,
    note_on_finding,
    take_over_finding,
)
from audit.services.log_reading import log_reading

PAGE = 25
ENTRIES = 25
NOTES = 100


class NoteForm(forms.Form):
    """What is done with a finding, and why: `do` is a state, "note" or "take-over"."""

    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        label=_("Note"),
        help_text=_("For you and your colleagues; it does not stand in the log. Name no residents."),
        widget=forms.Textarea(attrs={"class": "utrecht-textarea utrecht-textarea--html-textarea", "rows": 4}),
    )
    do = forms.CharField()

    def clean(self) -> dict[str, object]:
        if self.cleaned_data.get("do") in {*NEEDS_NOTE, "note"} and not self.cleaned_data.get("note"):
            self.add_error("note", _("Say in a note why."))
        return self.cleaned_data


@require_safe
@auditor_page
def findings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List findings, newest first: those that are open, or all."""
    every = request.GET.get("state") == "all"
    found = Finding.objects.visible_to(viewer)
    found = found if every else found.open()
    before = request.GET.get("before", "")
    if before:
        found = found.filter(pk__lt=_place(before))
    listed = list(found.newest_first()[: PAGE + 1])
    shown = listed[:PAGE]
    log_reading(viewer=viewer, shown=len(shown), details={"findings": "all" if every else "open"})
    names = people().organisation_names({one.organisation for one in shown})
    owners = people().account_names({one.owner for one in shown if one.owner})
    head = PatternHead.objects.first()
    context = {
        "findings": [
            {
                "finding": one,
                "title": KINDS[one.kind].title,
                "organisation": names.get(one.organisation, one.organisation),
                "state": STATES[one.state],
                "owner": owners.get(one.owner, "") if one.owner else "",
            }
            for one in shown
        ],
        "every": every,
        "first": not before,
        "older": urlencode({**({"state": "all"} if every else {}), "before": str(shown[-1].pk)})
        if len(listed) > PAGE
        else "",
        "searched_at": head.searched_at if head else None,
    }
    return render(request, "audit/findings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def finding(request: HttpRequest, viewer: Viewer, finding_id: UUID) -> HttpResponse:
    """Show a finding with the entries behind it; a POST says what is done with it."""
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _do(viewer, finding_id, form.cleaned_data["do"], form.cleaned_data["note"])
        return redirect("oversight-finding", finding_id)
    found = Finding.objects.visible_to(viewer).filter(pk=finding_id).first()
    if found is None:
        raise FindingNotFound(_("There is no such finding, or it is not yours to see."))
    records = list(found.entries().visible_to(viewer).newest_first()[:ENTRIES])
    log_reading(viewer=viewer, shown=len(records), filters=found.filters, details={"finding": str(found.pk)})
    return render(
        request,
        "audit/finding.html",
        {
            "finding": found,
            "title": KINDS[found.kind].title,
            "sentence": KINDS[found.kind].said(found.values),
            "relation": RELATIONS.get(found.relation, ""),
            "state": STATES[found.state],
            "organisation": people().organisation_names([found.organisation]).get(found.organisation, ""),
            "entries": described_entries(records),
            "query": urlencode(found.filters.as_query()),
            "form": form,
            **_work(viewer, found),
        },
        status=400 if form.errors else 200,
    )


def _do(viewer: Viewer, finding_id: UUID, what: str, note: str) -> None:
    """Carry out one button of the page."""
    match what:
        case "note":
            note_on_finding(viewer=viewer, finding_id=finding_id, note=note)
        case "take-over":
            take_over_finding(viewer=viewer, finding_id=finding_id)
        case _ if what in MOVES:
            move_finding(viewer=viewer, finding_id=finding_id, to=State(what), note=note)
        case _:
            raise FindingNotFound(_("There is no such thing to do with a finding."))


def _work(viewer: Viewer, found: Finding) -> dict[str, object]:
    """Return what was done with a finding, newest first, and what can be done now."""
    notes = list(FindingNote.objects.filter(finding=found).order_by("-id")[:NOTES])
    names = people().account_names({*(note.account for note in notes), *([found.owner] if found.owner else [])})
    return {
        "owner": names.get(found.owner, "") if found.owner else "",
        "is_owner": found.owner == viewer.account,
        "moves": [(state, MOVES[state]) for state in State if state in ALLOWED[State(found.state)]],
        "may_take_over": found.state == State.LOOKED_INTO and found.owner != viewer.account,
        "notes": [
            {
                "note": note,
                "who": names.get(note.account, ""),
                "state": STATES[note.to_state] if note.from_state != note.to_state else "",
            }
            for note in notes
        ],
    }


def _place(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidPlace from None
