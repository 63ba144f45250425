"""`/oversight/exports/`: what was searched for as a file, made in the background."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.errors import DomainError
from audit.export.formats import FORMATS, MOST_ENTRIES
from audit.export.words import EXPLANATIONS, FAILURES, TITLES
from audit.models import LogExport
from audit.pages.access import auditor_page
from audit.pages.forms import FilterForm
from audit.people import Viewer
from audit.services.export import (
    ExportInTheMaking,
    ExportNotReady,
    NothingToExport,
    TooManyEntries,
    ask_export,
    cancel_export,
    count_entries,
    exports_of,
    find_export,
    open_export,
)
from audit.tasks import kick_log_export

# How often the page of a file in the making asks how far it is.
REFRESH_SECONDS = 3


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def exports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List one's own files; a POST asks for another."""
    if request.method == "POST":
        return _ask(request, viewer)
    files = [{"export": one, "title": TITLES[one.format]} for one in exports_of(viewer)]
    return render(request, "audit/exports.html", {"files": files})


@require_safe
@auditor_page
def new_export(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what was searched for and how much it is, and let one choose what kind of file it becomes."""
    return _choose(request, viewer, request.GET)


@require_safe
@auditor_page
def progress(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:
    """Show how far the file is. The page asks again by itself, and a link does so for who turned that off."""
    export = find_export(viewer=viewer, export_id=export_id)
    making = export.state in LogExport.OPEN
    context = {
        "export": export,
        "title": TITLES[export.format],
        "explanation": EXPLANATIONS[export.format],
        "failure": FAILURES.get(export.failure, ""),
        "sha256": bytes(export.sha256).hex() if export.sha256 else "",
        "making": making,
        "refresh": REFRESH_SECONDS,
        "is_bundle": export.format == LogExport.Format.BUNDLE,
    }
    answer = render(request, "audit/export.html", context)
    if making and "quietly" not in request.GET:
        # A header, because it needs no script; WCAG 2.2.1: `?quietly` is the way to have it not.
        answer["Refresh"] = str(REFRESH_SECONDS)
    return answer


@require_POST
@auditor_page
def cancel(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:
    """Stop making a file."""
    cancel_export(viewer=viewer, export_id=export_id)
    return redirect("oversight-export", export_id=export_id)


@require_POST
@auditor_page
def download(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponseBase:
    """Hand over the file, after the log knows of it."""
    try:
        found = open_export(viewer=viewer, export_id=export_id)
    except ExportNotReady:
        messages.info(request, _("Your file is not ready yet."))
        return redirect("oversight-export", export_id=export_id)
    answer = StreamingHttpResponse(found.pieces, content_type=found.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer["Content-Length"] = str(found.size)
    answer["Cache-Control"] = "no-store"
    return answer


def _ask(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    query = QueryDict(request.POST.get("query", ""))
    form = FilterForm(viewer, query)
    chosen = request.POST.get("format", "")
    if not form.is_valid() or chosen not in FORMATS:
        return _choose(request, viewer, query, mistake=_("Choose one of the kinds of file."))
    try:
        export = ask_export(viewer=viewer, filters=form.filters(), format=chosen, language=get_language() or "nl")
    except (TooManyEntries, NothingToExport, ExportInTheMaking) as refused:
        return _choose(request, viewer, query, mistake=_sentence(refused), status=refused.status)
    kick_log_export(export.pk)
    return redirect("oversight-export", export_id=export.pk)


def _choose(
    request: HttpRequest, viewer: Viewer, query: QueryDict, *, mistake: str = "", status: int = 200
) -> HttpResponse:
    form = FilterForm(viewer, query)
    if not form.is_valid():
        # The search says what is wrong with it.
        return redirect(f"{reverse('oversight')}?{query.urlencode()}")
    count = count_entries(viewer=viewer, filters=form.filters(), now=timezone.now(), most=MOST_ENTRIES)
    context = {
        "query": query.urlencode(),
        "searched": _searched(form),
        "count": min(count, MOST_ENTRIES),
        "more": count > MOST_ENTRIES,
        "kinds": [
            {
                "value": value,
                "title": TITLES[value],
                "explanation": EXPLANATIONS[value],
                "most": one.most,
                "fits": count <= one.most,
                "chosen": value == request.POST.get("format"),
            }
            for value, one in FORMATS.items()
        ],
        "mistake": mistake,
    }
    return render(request, "audit/export_new.html", context, status=400 if mistake and status == 200 else status)


def _searched(form: FilterForm) -> list[tuple[str, str]]:
    """Return what was searched for in words: (label, what was filled in)."""
    said = []
    for field in form:
        value = form.cleaned_data.get(field.name)
        if value:
            choices = dict(getattr(field.field, "choices", ()))
            said.append((str(field.label), str(choices.get(str(value), field.value() or value))))
    return said


def _sentence(refused: DomainError) -> str:
    return f"{refused.title}. {refused.detail}"
