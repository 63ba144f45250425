"""Correcting what stands in one's own vault (GDPR article 16)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent.acting import Acting
from consent.models import Act, DatasetVersion
from consent.pages.access import citizen_page
from sharing.errors import InvalidRecord, RecordChanged
from sharing.models import Upload
from sharing.pages.own_data import check_sees_everything
from sharing.pages.vault_form import RecordForm
from sharing.services.files.open_file import named
from sharing.services.vault import files_in_fields, open_vault, store_record, version_of


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def correct(request: HttpRequest, acting: Acting, dataset: str) -> HttpResponse:
    """Show the record of one dataset as a form, and store what was changed."""
    check_sees_everything(acting, act=Act.CHANGE)
    language = get_language() or "nl"
    version, stored = version_of(acting.citizen, dataset)
    record = open_vault(acting.citizen, {version.pk}).get(version.pk, {})
    files = files_in_fields(acting.citizen, version, record)
    title = version.title.get(language) or version.title["nl"]
    form = RecordForm(
        version,
        language,
        record=record,
        version=stored.version if stored else 0,
        files={one.file.pointer: one for one in named(acting.citizen, list(files.values()))},
        data=request.POST if request.method == "POST" else None,
    )
    status = 200
    if form.is_bound:
        status = _store(form, acting, version)
        if status == 200:
            messages.success(request, _("Your data was changed: %(dataset)s.") % {"dataset": title})
            return redirect("my-data")
    context = {
        "title": title,
        "dataset": dataset,
        "form": form,
        "uploads": Upload.objects.of_citizen(acting.citizen).filter(dataset_version=version).unfinished(),
        "kept": form.kept_titles(),
        "errors": form.error_links() if form.is_bound else [],
        "stale": status == RecordChanged.status,
    }
    return render(request, "sharing/my_record.html", context, status=status)


def _store(form: RecordForm, acting: Acting, version: DatasetVersion) -> int:
    """Store what was filled in; return the status of the answer, with what is wrong in the form."""
    if not form.is_valid():
        return InvalidRecord.status
    try:
        store_record(
            citizen=acting.citizen,
            dataset_version=version,
            content=form.content(),
            expected_version=form.cleaned_data["version"],
            mandate=acting.mandate,
        )
    except (InvalidRecord, RecordChanged) as error:
        form.add_domain_error(error)
        return error.status
    return 200
