"""The page on which a browser checks the log by itself, and what it is given for that."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit.api.serializers import EntryProofSerializer
from audit.errors import NotFound
from audit.models import Checkpoint, Record
from audit.tree.inclusion import EntryProof, NotInLogYet, prove_entries
from consent.acting import Acting
from consent.pages.access import citizen_page
from consent.pages.my.lines import line
from consent.pages.my.reach import records_of
from consent.pages.timeline import timeline

# As many as somebody waits for, and reads.
LATEST = 20


@require_safe
@citizen_page
def check(request: HttpRequest, acting: Acting) -> HttpResponse:
    """Let the browser check the newest lines of the history, and the log that they stand in."""
    has_lines = records_of(acting).exists()
    return render(request, "consent/check.html", {**_addresses("my-check-proofs"), "has_proof": has_lines})


@require_safe
@citizen_page
def check_line(request: HttpRequest, acting: Acting, entry_id: UUID) -> HttpResponse:
    """Let the browser check one line."""
    event = timeline([line(acting, entry_id)], acting)[0].newest
    context = {**_addresses("my-check-line-proofs", entry_id), "has_proof": event.is_proven, "event": event}
    return render(request, "consent/check.html", context)


@require_safe
@citizen_page
def check_proofs(request: HttpRequest, acting: Acting) -> JsonResponse:
    """Give the proofs of the newest lines that have one, all under one checkpoint."""
    newest = Checkpoint.objects.newest_published()
    if newest is None:
        raise NotInLogYet
    # Some of the newest may still wait for their place.
    records = list(records_of(acting).newest_first()[: 2 * LATEST])
    proofs = [proof for proof in prove_entries(records, newest) if proof is not None]
    return _proofs(newest, proofs[:LATEST])


@require_safe
@citizen_page
def check_line_proofs(request: HttpRequest, acting: Acting, entry_id: UUID) -> JsonResponse:
    """Give the proof of one line."""
    record: Record = line(acting, entry_id)
    newest = Checkpoint.objects.newest_published()
    proof = prove_entries([record], newest)[0] if newest else None
    if newest is None or proof is None:
        raise NotInLogYet
    return _proofs(newest, [proof])


def _proofs(newest: Checkpoint, proofs: list[EntryProof]) -> JsonResponse:
    if not proofs:
        raise NotFound
    written = EntryProofSerializer(proofs, many=True).data
    return JsonResponse({"checkpoint": newest.note, "proofs": [_without_checkpoint(one) for one in written]})


def _without_checkpoint(proof: dict[str, object]) -> dict[str, object]:
    # It stands once, above them all: two could contradict each other.
    return {name: value for name, value in proof.items() if name != "checkpoint"}


def _addresses(proofs: str, entry_id: UUID | None = None) -> dict[str, str]:
    """Return where the browser finds what it needs; a 0 stands in for the size of the log, which it learns first."""
    return {
        "proofs_url": reverse(proofs, args=[entry_id] if entry_id else []),
        "key_url": reverse("audit:log:key"),
        "log_url": reverse("audit:log:checkpoint").removesuffix("/checkpoint"),
        "consistency_url": reverse("consistency-proof", args=[0]),
    }
