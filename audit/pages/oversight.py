"""The log for those who oversee it. Every look is an entry itself, also the looks of auditors."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.actions import LOG_VERIFIED
from audit.entry import Entry
from audit.entry_of_viewer import entry_of
from audit.errors import NotFound
from audit.models import (
    Alarm,
    Checkpoint,
    Erasure,
    Leaf,
    LoggedEntry,
    LogHead,
    Record,
    Timestamp,
    VerificationRun,
)
from audit.monitor.log_health import log_health
from audit.pages.access import auditor_page
from audit.pages.discrepancy_words import describe_discrepancy
from audit.pages.forms import FilterForm
from audit.pages.in_time import searched_in_time
from audit.pages.paging import record_page
from audit.pages.proof_steps import proof_steps
from audit.pages.reasons import reason_sentence
from audit.pages.saved_search_form import SearchForm, as_hidden
from audit.pages.start_verification import start_verification
from audit.people import Viewer
from audit.retention.erased import EntryErased
from audit.retention.words import rule_in_words
from audit.services.append import append_entry
from audit.services.log_reading import log_reading
from audit.services.verification_run import VerificationRunning, ask_verification
from audit.services.verify import Verification, verify_log
from audit.signing.log_key import load_verifier
from audit.timeline import describe
from audit.tree.inclusion import EntryProof, NotInLogYet, prove_entry
from audit.verification.discrepancy import Discrepancy

PAGE = 25
LATEST_OF_SERVICE = 5

# What a page may recompute while somebody waits.
MOST_LEAVES = 20_000


class EntryNotFound(NotFound):
    code = "entry-not-found"


@require_safe
@auditor_page
def oversight(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List entries, newest first, and say whether the log keeps its promise."""
    form = FilterForm(viewer, request.GET)
    filters = form.filters() if form.is_valid() else None
    records = Record.objects.visible_to(viewer)
    records = records.matching(filters.fixed(timezone.now())) if filters else records.none()
    before = request.GET.get("before", "")
    with searched_in_time():
        page = record_page(records, before=before, size=PAGE)
    of_service = Record.objects.of_service().newest_first()[:LATEST_OF_SERVICE]
    log_reading(viewer=viewer, shown=len(page.records), filters=filters)
    query = request.GET.copy()
    query.pop("before", None)
    newest = query.urlencode()
    query["before"] = page.older
    context = {
        "form": form,
        "save_form": SearchForm(initial={"filters": as_hidden(filters)}) if filters else None,
        "entries": described_entries(page.records),
        "of_service": describe(list(of_service)),
        "older": query.urlencode() if page.older else "",
        "newest": newest,
        "first": not before,
        **_log_context(),
    }
    return render(request, "audit/oversight.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def entry(request: HttpRequest, viewer: Viewer, entry_id: UUID) -> HttpResponse:
    """Show one entry with its record and proof; a POST checks the proof step by step."""
    record = (
        Record.objects.visible_to(viewer).filter(entry_id=entry_id).first()
        or Record.objects.of_service().filter(entry_id=entry_id).first()
    )
    if record is None:
        return _erased(request, entry_id)
    proof = _proof(record)
    described = describe([record])[0]
    context = {
        "described": described,
        "reason": reason_sentence(described),
        "record": record,
        "has_employee": bool(record.user_sealed),
        "canonical": json.dumps(json.loads(bytes(record.canonical)), ensure_ascii=False, indent=2),
        "salt": bytes(record.salt).hex(),
        "proof": proof,
        "hashes": [one.hex() for one in proof.hashes] if proof else [],
        "key_address": request.build_absolute_uri(reverse("audit:log:key")),
    }
    if request.method == "POST":
        steps = proof_steps(proof) if proof else []
        append_entry(
            _verified(viewer, related=record.entry_id, details={"holds": bool(steps) and all(s.holds for s in steps)})
        )
        context["steps"] = steps
        context["checked"] = True
    else:
        log_reading(viewer=viewer, shown=1, about=record.entry)
    return render(request, "audit/entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def verification(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Recompute the whole log and show the first row that cannot be as it was written.

    A short log at once; a long one in the background, where this page shows how far it is and what came of it.
    """
    if request.method == "POST":
        size = LogHead.objects.values_list("size", flat=True).first() or 0
        if size <= MOST_LEAVES:
            return _verified_at_once(request, viewer)
        try:
            run = ask_verification(viewer=viewer)
        except VerificationRunning:
            messages.info(request, _("The log is being verified already. You see here how far it is."))
        else:
            start_verification(run)
        return redirect("oversight-verification")
    newest = VerificationRun.objects.newest_first().first()
    context: dict[str, object] = {"run": newest, **_log_context()}
    if newest is not None and newest.ended_at is not None:
        discrepancy = Discrepancy(**newest.discrepancy) if newest.discrepancy else None
        context |= _result(Verification(**newest.counts, discrepancy=discrepancy))
    return render(request, "audit/verification.html", context)


def _verified_at_once(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    found = verify_log(verifier=load_verifier())
    append_entry(
        _verified(
            viewer,
            details={
                "leaves": found.leaves,
                "holds": found.discrepancy is None,
                "discrepancy": found.discrepancy.kind if found.discrepancy else "",
            },
        )
    )
    return render(request, "audit/verification.html", {**_result(found), **_log_context()})


def _result(found: Verification) -> dict[str, object]:
    return {
        "verification": found,
        "described": describe_discrepancy(found.discrepancy) if found.discrepancy else None,
    }


def _erased(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Say of an entry without a record that it was erased, when and why; raise EntryNotFound if it was not."""
    erasure = Erasure.objects.filter(pk=entry_id).first()
    if erasure is None:
        raise EntryNotFound(_("There is no such entry, or it is not yours to see."))
    commitment = LoggedEntry.objects.filter(pk=entry_id).values_list("commitment", flat=True).first()
    context = {
        "erasure": erasure,
        "rule": rule_in_words(erasure.rule),
        "place": Leaf.objects.filter(entry_id=entry_id).values_list("index", flat=True).first(),
        "commitment": bytes(commitment).hex() if commitment else "",
    }
    return render(request, "audit/erased.html", context, status=EntryErased.status)


def described_entries(records: Sequence[Record]) -> list[dict[str, object]]:
    """Describe records for the table of entries, each with its reason in a sentence."""
    return [{"described": one, "reason": reason_sentence(one)} for one in describe(records)]


def _log_context() -> dict[str, object]:
    return {
        "health": log_health(now=datetime.now(UTC)),
        "checkpoint": Checkpoint.objects.newest_published(),
        "timestamp": Timestamp.objects.newest_first().defer("response").first(),
        "alarms_going": Alarm.objects.going().count(),
    }


def _proof(record: Record) -> EntryProof | None:
    try:
        return prove_entry(record)
    except NotInLogYet:
        return None


def _verified(viewer: Viewer, *, details: dict[str, object], related: UUID | None = None) -> Entry:
    return entry_of(
        viewer,
        LOG_VERIFIED,
        related=related,
        details=details,
    )
