"""Receipts: the page of one, its forms to download, and what anyone needs to check them."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from consent.acting import Acting
from consent.errors import ReceiptHasNoSuchForm
from consent.models import ConsentChange
from consent.notice import LANGUAGES
from consent.pages.access import citizen_page
from consent.receipts.consent_receipt import signed_receipt
from consent.receipts.find import change_of_citizen
from consent.receipts.iso27560 import iso27560_receipt
from consent.receipts.kantara import kantara_receipt
from consent.receipts.plain import names_in, plain_receipt
from consent.receipts.record import DEFAULT_LANGUAGE, ReceiptRecord, receipt_record
from consent.receipts.schema import schema_text
from consent.receipts.signing_key import public_keys

FOREVER = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"

_VERIFIER = Path(__file__).parent.parent / "receipts" / "standalone_verifier.py"


@require_safe
@citizen_page
def my_receipt(request: HttpRequest, acting: Acting, consent_id: UUID, change_id: UUID) -> HttpResponse:
    """Show the receipt of one change in plain words, with everything that it takes to keep and check it."""
    change = _change(acting, consent_id, change_id)
    record = receipt_record(change)
    language = _language()
    context = {
        "receipt": plain_receipt(record, names_in(change, language), language),
        "record": record,
        "slug": record.purpose,
        "keys_address": _keys_address(record),
    }
    return render(request, "consent/receipt.html", context)


@require_safe
@citizen_page
def my_receipt_file(request: HttpRequest, acting: Acting, consent_id: UUID, change_id: UUID, form: str) -> HttpResponse:
    """Give one form of a receipt as a file: "jws", "json" (ISO 27560), "kantara.json" or "pdf"."""
    change = _change(acting, consent_id, change_id)
    record = receipt_record(change)
    if form == "pdf":
        # fpdf2 takes a third of a second to import, and no other page needs it.
        from consent.receipts.pdf import receipt_pdf

        language = _language()
        content = receipt_pdf(
            plain_receipt(record, names_in(change, language), language),
            signed=signed_receipt(record),
            language=language,
            at=record.at,
            keys_address=_keys_address(record),
        )
        return _file(content, record, form, "application/pdf")
    if form == "jws":
        return _file(signed_receipt(record).encode(), record, form, "application/jose")
    if form == "json":
        return _json_file(iso27560_receipt(record), record, form, "application/ld+json")
    kantara = kantara_receipt(record) if form == "kantara.json" else None
    if kantara is None:
        raise ReceiptHasNoSuchForm
    return _json_file(kantara, record, form, "application/json")


@require_safe
def receipt_keys(request: HttpRequest) -> HttpResponse:
    """Publish the keys that receipts verify with, as a JWK Set (RFC 7517): also those that no longer sign."""
    answer = JsonResponse({"keys": public_keys()}, content_type="application/jwk-set+json")
    return _open_to_all(answer, AN_HOUR)


@require_safe
def receipt_schema(request: HttpRequest) -> HttpResponse:
    """Publish the JSON Schema of receipts by ISO/IEC TS 27560; it never changes."""
    return _open_to_all(HttpResponse(schema_text(), content_type="application/schema+json"), FOREVER)


@require_safe
def receipt_verifier(request: HttpRequest) -> HttpResponse:
    """Hand out the program that checks receipts without this service."""
    answer = HttpResponse(_verifier(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="standalone_verifier.py"'
    return _open_to_all(answer, AN_HOUR)


@cache
def _verifier() -> bytes:
    # Read as a file and never imported: it shares no code with what it checks.
    return _VERIFIER.read_bytes()


def _change(acting: Acting, consent_id: UUID, change_id: UUID) -> ConsentChange:
    return change_of_citizen(citizen=acting.citizen, consent_id=consent_id, change_id=change_id, mandate=acting.mandate)


def _language() -> str:
    language = get_language() or DEFAULT_LANGUAGE
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def _keys_address(record: ReceiptRecord) -> str:
    return f"{record.issuer}{reverse('receipt-keys')}"


def _json_file(content: Mapping[str, Any], record: ReceiptRecord, form: str, media_type: str) -> HttpResponse:
    return _file(json.dumps(content, ensure_ascii=False, indent=1).encode(), record, form, media_type)


def _file(content: bytes, record: ReceiptRecord, form: str, media_type: str) -> HttpResponse:
    # By its number: the purpose in the name of a file would tell who finds it.
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="receipt-{record.id}.{form}"'
    return answer


def _open_to_all(answer: HttpResponse, kept: str) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = kept
    return answer
