"""What became of a file that one brought in, and removing one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.acting import Acting
from consent.keys.vault_key import open_vault_key
from consent.lifecycle import STANDING_STATES
from consent.models import Act, DatasetVersion
from consent.pages.access import citizen_page
from consent.pages.shown_value import file_in_words
from sharing.errors import FileNeeded
from sharing.files.content.errors import REFUSALS
from sharing.files.keys import open_upload_name
from sharing.models import SharedFile, Upload
from sharing.pages.own_data import check_sees_everything
from sharing.services.files.append import find_upload
from sharing.services.files.open_file import named
from sharing.services.files.remove import find_file, remove_file, stop_upload
from sharing.services.open_vault import open_vault
from sharing.services.vault import files_in_fields

# How often the page of a file that is being checked looks again.
REFRESH_SECONDS = 3


@require_safe
@citizen_page
def upload(request: HttpRequest, acting: Acting, upload_id: UUID) -> HttpResponse:
    """Show how far a file is. The page asks again by itself, and a link does so for who turned that off."""
    check_sees_everything(acting, act=Act.CHANGE)
    found = find_upload(citizen=acting.citizen, upload_id=upload_id)
    version = found.dataset_version
    checking = found.state == Upload.State.CHECKING
    refusal = REFUSALS.get(found.refusal)
    in_record = bool(found.file_id) and str(found.file_id) in _values(acting, found)
    context = {
        "upload": found,
        "name": open_upload_name(found, vault_key=open_vault_key(acting.citizen)),
        "percent": found.received * 100 // found.announced_size,
        "checking": checking,
        "refusal": refusal and {"title": refusal.title, "advice": refusal.advice},
        "words": file_in_words(found.file.media_type, found.file.size) if found.file else "",
        "in_record": in_record,
        "dataset": version.dataset.slug,
        "dataset_title": _title(version),
        "add_url": f"{reverse('my-file-add', args=[version.dataset.slug])}?{urlencode({'field': found.pointer})}",
        "refresh": REFRESH_SECONDS,
    }
    answer = render(request, "sharing/my_upload.html", context)
    if checking and "quietly" not in request.GET:
        # A header, because it needs no script; WCAG 2.2.1: `?quietly` is the way to have it not.
        answer["Refresh"] = str(REFRESH_SECONDS)
    return answer


@require_POST
@citizen_page
def stop(request: HttpRequest, acting: Acting, upload_id: UUID) -> HttpResponse:
    """Forget a file that is on its way in."""
    check_sees_everything(acting, act=Act.CHANGE)
    found = find_upload(citizen=acting.citizen, upload_id=upload_id)
    stop_upload(citizen=acting.citizen, upload_id=upload_id, mandate=acting.mandate)
    messages.success(request, _("You stopped adding this file. Nothing of it is kept."))
    return redirect("my-data-vault", dataset=found.dataset_version.dataset.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def remove(request: HttpRequest, acting: Acting, file_id: UUID) -> HttpResponse:
    """Say what removing a file means, and do it for who confirms."""
    check_sees_everything(acting, act=Act.CHANGE)
    file = find_file(citizen=acting.citizen, file_id=file_id)
    version = file.dataset_version
    errors: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        try:
            remove_file(citizen=acting.citizen, file_id=file_id, mandate=acting.mandate)
        except FileNeeded as error:
            errors, status = [{"target": "", "text": str(error.detail)}], error.status
        else:
            messages.success(request, _("The file was removed."))
            return redirect("my-data-vault", dataset=version.dataset.slug)
    shared = (
        SharedFile.objects.filter(file=file, consent__state__in=STANDING_STATES)
        .select_related("consent__purpose__organisation", "consent__purpose_version")
        .order_by("consent__ends_at")
    )
    context = {
        "one": named(acting.citizen, [file])[0],
        "words": file_in_words(file.media_type, file.size),
        "dataset": version.dataset.slug,
        "dataset_title": _title(version),
        "keeping": [_sharing_card(one) for one in shared if not one.consent.terms.keeps_up_to_date],
        "losing": [_sharing_card(one) for one in shared if one.consent.terms.keeps_up_to_date],
        "errors": errors,
    }
    return render(request, "sharing/my_file_remove.html", context, status=status)


def _sharing_card(shared: SharedFile) -> dict[str, object]:
    """Return what the page says of a consent that shares the file."""
    consent = shared.consent
    return {
        "id": consent.pk,
        "title": _in(consent.purpose_version.texts)["title"],
        "organisation": consent.purpose.organisation.name,
        "ends_at": consent.ends_at,
    }


def _values(acting: Acting, upload: Upload) -> set[str]:
    """Return the ids of the files that stand in the record of the upload's dataset."""
    version = upload.dataset_version
    record = open_vault(acting.citizen, {version.pk}).get(version.pk)
    if record is None:
        return set()
    return {str(file.pk) for file in files_in_fields(acting.citizen, version, record).values()}


def _title(version: DatasetVersion) -> str:
    return str(_in(version.title))


def _in(texts: Mapping[str, Any]) -> Any:
    return texts.get(get_language() or "nl") or texts["nl"]
