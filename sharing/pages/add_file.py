"""Adding a file to a field of one's own vault: by a script in parts that go on after a lost connection, or in one form.

Both ways lead to the page of the upload, which says what became of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from audit.errors import DomainError
from consent.acting import Acting
from consent.api.caller import MANDATE_HEADER
from consent.keys.vault_key import open_vault_key
from consent.models import Act, DatasetVersion
from consent.pages.access import citizen_page
from sharing.errors import NotAFileField
from sharing.files.field import accepted_media_types
from sharing.files.keys import open_upload_name
from sharing.models import Upload
from sharing.pages.own_data import check_sees_everything
from sharing.services.files.whole import WholeFile
from sharing.services.vault import version_of

FILE = "file"


@dataclass(frozen=True, slots=True)
class _Place:
    """The field that the file is for."""

    acting: Acting
    version: DatasetVersion
    pointer: str

    def title(self, language: str) -> str:
        for field in self.version.fields:
            if field["pointer"] == self.pointer:
                return str(field["title"].get(language) or field["title"]["nl"])
        return self.pointer


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt
@citizen_page
def add_file(request: HttpRequest, acting: Acting, dataset: str) -> HttpResponse:
    """Show the form, or take in what comes with it.

    The body of the form is only read once its file has somewhere to go that is sealed; then the form is checked as
    every other one is.
    """
    check_sees_everything(acting, act=Act.CHANGE)
    version, _record = version_of(acting.citizen, dataset)
    place = _Place(acting, version, request.GET.get("field", ""))
    if not accepted_media_types(version.schema, place.pointer):
        raise NotAFileField
    if request.method != "POST":
        return _page(request, place)
    handler = SealingUploadHandler(
        request,
        lambda name: WholeFile(
            citizen=acting.citizen,
            dataset_version=version,
            pointer=place.pointer,
            name=name,
            # The rest of the form is not larger than a form can be.
            at_least=max(1, int(request.META.get("CONTENT_LENGTH") or 0) - settings.LARGEST_BODY),
            mandate=acting.mandate,
        ),
    )
    request.upload_handlers = [handler]
    try:
        return _receive(request, place=place, handler=handler)
    finally:
        handler.let_go()


# `InputMiddleware` would read the form before it has somewhere to go.
add_file.reads_its_own_form = True  # type: ignore[attr-defined]


class SealingUploadHandler(FileUploadHandler):
    """Seals the file of a form while it comes: nothing of it lies open anywhere, however large it is."""

    chunk_size = 256 * 1024

    def __init__(self, request: HttpRequest, begin: Callable[[str], WholeFile]) -> None:
        super().__init__(request)
        self._begin = begin
        self.whole: WholeFile | None = None
        self.error: DomainError | None = None
        self._kept = False

    def new_file(self, field_name: str, *rest: Any, **other: Any) -> None:
        super().new_file(field_name, *rest, **other)
        if field_name != FILE or self.whole is not None:
            raise SkipFile
        try:
            self.whole = self._begin(self.file_name or "")
        except DomainError as error:
            self.error = error
            raise StopUpload(connection_reset=True) from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.whole is not None
        try:
            self.whole.write(raw_data)
        except DomainError as error:
            self.error = error
            raise StopUpload(connection_reset=True) from error

    def file_complete(self, file_size: int) -> None:
        assert self.whole is not None
        try:
            self.whole.finish()
        except DomainError as error:
            self.error = error

    def keep(self, **choices: Any) -> Upload:
        """Store what came; raise what was wrong with it."""
        if self.error is not None:
            raise self.error
        assert self.whole is not None
        # Of anything but our own refusal nobody knows whether the commit came through: what is left over is collected.
        self._kept = True
        try:
            return self.whole.keep(**choices)
        except DomainError:
            self._kept = False
            raise

    def let_go(self) -> None:
        if self.whole is not None and not self._kept:
            self.whole.let_go()


@csrf_protect
def _receive(request: HttpRequest, *, place: _Place, handler: SealingUploadHandler) -> HttpResponse:
    keeps_metadata = request.POST.get("keeps_metadata") == "yes"
    if handler.whole is None and handler.error is None:
        return _page(request, place, status=400, error=_("Choose a file."))
    try:
        upload = handler.keep(keeps_metadata=keeps_metadata, mandate=place.acting.mandate)
    except DomainError as error:
        # What is wrong with the file says enough; without that, what went wrong and what one can do.
        texts = [str(fault.detail) for fault in error.errors] or [str(error.title), str(error.detail)]
        return _page(request, place, status=error.status, error=" ".join(_sentence(text) for text in texts if text))
    return redirect("my-upload", upload_id=upload.pk)


def _page(request: HttpRequest, place: _Place, *, status: int = 200, error: str = "") -> HttpResponse:
    language = get_language() or "nl"
    citizen = place.acting.citizen
    accepted = accepted_media_types(place.version.schema, place.pointer)
    begun = list(
        Upload.objects.of_citizen(citizen)
        .unfinished()
        .filter(dataset_version=place.version, pointer=place.pointer)
        .order_by("pk")
    )
    vault_key = open_vault_key(citizen) if begun else b""
    context = {
        "title": place.title(language),
        "dataset": place.version.dataset.slug,
        "dataset_title": place.version.title.get(language) or place.version.title["nl"],
        "pointer": place.pointer,
        "accepted": ",".join(sorted(accepted)),
        "kinds": [text for kind, text in _kinds() if any(one.startswith(kind) for one in accepted)],
        "largest": settings.LARGEST_FILE,
        "part": settings.LARGEST_PART // 2,
        "mandate": place.acting.mandate,
        "mandate_header": MANDATE_HEADER,
        "begun": [
            {
                "upload": upload,
                "name": open_upload_name(upload, vault_key=vault_key),
                "percent": upload.received * 100 // upload.announced_size,
            }
            for upload in begun
        ],
        "script": _tus_client(),
        "errors": [{"target": "file", "text": error}] if error else [],
    }
    return render(request, "sharing/my_file_add.html", context, status=status)


@cache
def _tus_client() -> str:
    """Return where the script of npm's is, "" where set-up could not bring it in: then the form does it alone."""
    script = "packages/tus-js-client/tus.min.js"
    return script if finders.find(script) else ""


def _kinds() -> list[tuple[str, str]]:
    return [
        ("video", _("a video (MP4, MOV or WebM)")),
        ("image", _("a photo (JPEG or PNG)")),
        ("application", _("a PDF document")),
    ]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
