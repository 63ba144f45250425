"""`/my/data/`: everything about me, to see, to correct, to take along, and to have erased."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.acting import Acting
from consent.models import Citizen, Dataset
from consent.notice import LANGUAGES
from consent.pages.access import citizen_page
from sharing.errors import ExportNotReady
from sharing.models import Export, VaultRecord
from sharing.pages.own_data import check_sees_everything
from sharing.services.export import ask_export, find_export, newest_export, open_export
from sharing.tasks import kick_export

# How often the page of a file in the making asks how far it is.
REFRESH_SECONDS = 3


@require_safe
@citizen_page
def my_data(request: HttpRequest, acting: Acting) -> HttpResponse:
    """List the own records, and offer the file with everything."""
    check_sees_everything(acting)
    language = get_language() or "nl"
    context = {
        "records": _records(acting.citizen, language),
        "export": newest_export(acting.citizen),
        "language": language,
        "languages": LANGUAGES,
        "in_person": acting.mandate is None,
    }
    return render(request, "sharing/my_data.html", context)


@require_POST
@citizen_page
def ask(request: HttpRequest, acting: Acting) -> HttpResponse:
    """Have the file made, and show how far it is."""
    check_sees_everything(acting)
    chosen = [language for language in request.POST.getlist("language") if language in LANGUAGES]
    export, _new = ask_export(
        citizen=acting.citizen, languages=chosen or [get_language() or "nl"], mandate=acting.mandate
    )
    # Also for one that was asked before: the queue may have lost it, and making it twice does no harm.
    kick_export(export.pk)
    return redirect("my-data-progress", export_id=export.pk)


@require_safe
@citizen_page
def progress(request: HttpRequest, acting: Acting, export_id: UUID) -> HttpResponse:
    """Show how far the file is. The page asks again by itself, and a link does so for who turned that off."""
    check_sees_everything(acting)
    export = find_export(citizen=acting.citizen, export_id=export_id)
    making = export.state in (Export.State.WAITING, Export.State.WORKING)
    answer = render(
        request,
        "sharing/my_export.html",
        {"export": export, "making": making, "refresh": REFRESH_SECONDS if making else 0},
    )
    if making and "quietly" not in request.GET:
        # A header, because it needs no script; WCAG 2.2.1: `?quietly` is the way to have it not.
        answer["Refresh"] = str(REFRESH_SECONDS)
    return answer


@require_http_methods(["POST"])
@citizen_page
def download(request: HttpRequest, acting: Acting, export_id: UUID) -> HttpResponse:
    """Hand over the file, after the log knows of it."""
    check_sees_everything(acting)
    try:
        content = open_export(citizen=acting.citizen, export_id=export_id, mandate=acting.mandate)
    except ExportNotReady:
        messages.info(request, _("Your file is not ready yet."))
        return redirect("my-data-progress", export_id=export_id)
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="deelwijs.zip"'
    answer["Cache-Control"] = "no-store"
    return answer


def _records(citizen: Citizen, language: str) -> list[dict[str, object]]:
    """Return every dataset that people can fill in, with when this citizen did; those filled in come first."""
    stored = {
        record.dataset_version.dataset_id: record
        for record in VaultRecord.objects.filter(citizen=citizen)
        .select_related("dataset_version__dataset")
        .order_by("dataset_version__number")
    }
    rows = []
    for dataset in Dataset.objects.prefetch_related("versions").order_by("slug"):
        record = stored.get(dataset.pk)
        versions = sorted(dataset.versions.all(), key=lambda version: version.number)
        version = record.dataset_version if record else versions[-1]
        rows.append(
            {
                "slug": dataset.slug,
                "title": version.title.get(language) or version.title["nl"],
                "changed_at": record.changed_at if record else None,
            }
        )
    return sorted(rows, key=lambda row: row["changed_at"] is None)
