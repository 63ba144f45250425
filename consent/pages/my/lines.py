"""The whole history: narrowed, folded, a page at a time, with the proof of each line and of all."""

from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.http import require_safe
from rest_framework.renderers import JSONRenderer

from audit.api.serializers import EntryProofSerializer
from audit.contests.errors import EntryNotFound
from audit.models import Checkpoint, Record
from audit.models.record import RecordQuerySet
from audit.pages.paging import record_page
from audit.proof_archive import MOST_PROOFS, proof_archive
from audit.signing.log_key import load_verifier
from audit.tree.inclusion import prove_entry
from consent.acting import Acting
from consent.notice import LANGUAGES
from consent.pages.access import citizen_page
from consent.pages.forms.history import HistoryForm
from consent.pages.my.reach import records_of
from consent.pages.timeline import timeline

HISTORY = 50

Answer = TypeVar("Answer", bound=HttpResponseBase)


@require_safe
@citizen_page
def history(request: HttpRequest, acting: Acting) -> HttpResponse:
    """Show the timeline as far as it was narrowed, a page at a time."""
    form = _form(request, acting)
    before = request.GET.get("before", "")
    page = record_page(_narrowed(form, acting), before=before, size=HISTORY)
    chosen = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {
        "form": form,
        "narrowed": bool(chosen),
        "lines": timeline(page.records, acting, goes_on=bool(page.older)),
        "first": not before,
        "newest": urlencode(chosen),
        "older": urlencode({**chosen, "before": page.older}) if page.older else "",
        "archive": f"{reverse('my-history-proofs')}?{urlencode(chosen)}" if chosen else reverse("my-history-proofs"),
        "most_proofs": MOST_PROOFS,
    }
    return render(request, "consent/history.html", context)


@require_safe
@citizen_page
def history_proofs(request: HttpRequest, acting: Acting) -> HttpResponseBase:
    """Give the proofs of all lines that the history is narrowed to, with what it takes to check them."""
    records = _narrowed(_form(request, acting), acting)
    pieces = proof_archive(
        records,
        newest=Checkpoint.objects.newest_published(),
        readme=_readme(request),
        keys=f"{load_verifier()}\n",
    )
    return _attached(StreamingHttpResponse(pieces, content_type="application/zip"), "proofs.zip")


@require_safe
@citizen_page
def my_line(request: HttpRequest, acting: Acting, entry_id: UUID) -> HttpResponse:
    """Show one line with all that is known of it, its proof, and what was said and answered about it."""
    event = timeline([line(acting, entry_id)], acting)[0].newest
    return render(request, "consent/my_line.html", {"event": event})


@require_safe
@citizen_page
def line_proof(request: HttpRequest, acting: Acting, entry_id: UUID, form: str) -> HttpResponse:
    """Give the proof of one line as a file: "txt" (C2SP tlog-proof) or "json", as the API has them."""
    proof = prove_entry(line(acting, entry_id))
    if form == "txt":
        answer = HttpResponse(proof.to_tlog_proof(), content_type="text/plain; charset=utf-8")
    else:
        answer = HttpResponse(JSONRenderer().render(EntryProofSerializer(proof).data), content_type="application/json")
    return _attached(answer, f"proof-{entry_id}.{form}")


def line(acting: Acting, entry_id: UUID) -> Record:
    """Return the record of a line within reach; raise EntryNotFound for any other."""
    record = records_of(acting).filter(entry_id=entry_id).first()
    if record is None:
        raise EntryNotFound
    return record


def _form(request: HttpRequest, acting: Acting) -> HistoryForm:
    return HistoryForm(request.GET, purposes=acting.mandate.purposes if acting.mandate else ())


def _narrowed(form: HistoryForm, acting: Acting) -> RecordQuerySet:
    records = records_of(acting)
    return records.filter(form.condition()) if form.is_valid() else records.none()


def _readme(request: HttpRequest) -> str:
    """Write what is in the file, in every language: it is kept, and handed to people who read another one."""
    address = request.build_absolute_uri(reverse("audit:log:checkpoint")).removesuffix("/checkpoint")
    said = []
    for language in LANGUAGES:
        with override(language):
            said.append(render_to_string("consent/proofs_readme.txt", {"address": address}))
    return "\n".join(said)


def _attached(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
