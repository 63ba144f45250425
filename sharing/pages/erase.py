"""Erase me: what happens and what must stay in plain words, a confirmation, and a receipt."""

import secrets
from http import HTTPStatus

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consent.acting import Acting
from consent.errors import MandateRefused
from consent.pages.access import citizen_page
from sharing.errors import ErasureNotFound, ErasureRefused
from sharing.export.erased_and_kept import ERASED, KEPT
from sharing.pages.own_data import check_in_person
from sharing.services.erase import erase_citizen, find_erasure


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponseBase:
    """Say what an erasure means, and do it for who confirms."""
    if request.method == "POST":
        try:
            # The button pressed twice: the first time the session ended, and the secret tells that it was this person.
            find_erasure(secret=request.POST.get("secret", ""))
        except ErasureNotFound:
            pass
        else:
            logout(request)
            return redirect("erased", secret=request.POST["secret"])
    return _erase(request)


@citizen_page
def _erase(request: HttpRequest, acting: Acting) -> HttpResponse:
    check_in_person(acting)
    errors: list[dict[str, str]] = []
    status = HTTPStatus.OK
    secret = request.POST.get("secret", "") or secrets.token_urlsafe(32)
    if request.method == "POST":
        if request.POST.get("sure") != "yes":
            errors = [{"target": "sure", "text": _("Tick the box if you are sure.")}]
            status = HTTPStatus.BAD_REQUEST
        else:
            try:
                erase_citizen(citizen=acting.citizen, secret=secret)
            except (ErasureRefused, MandateRefused) as error:
                errors = [{"target": "", "text": str(error.detail)}]
                status = HTTPStatus(error.status)
                secret = secrets.token_urlsafe(32)
            else:
                logout(request)
                return redirect("erased", secret=secret)
    context = {
        "erased": [text for _code, text in ERASED],
        "kept": [{"text": text, "reason": reason} for _code, text, reason in KEPT],
        "errors": errors,
        "secret": secret,
    }
    return render(request, "sharing/my_erase.html", context, status=status)


@require_safe
def erased(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what was erased and what stays, to who has the address: nobody can sign in to it any more."""
    erasure = find_erasure(secret=secret)
    context = {
        "erasure": erasure,
        "secret": secret,
        "address": request.build_absolute_uri(request.path),
        "erased": [text for _code, text in ERASED],
        "kept": [{"text": text, "reason": reason} for _code, text, reason in KEPT],
        "language": get_language(),
    }
    return _private(render(request, "sharing/my_erased.html", context))


@require_safe
def receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """Hand over the signed receipt as a file."""
    answer = HttpResponse(find_erasure(secret=secret).receipt, content_type="application/jose")
    answer["Content-Disposition"] = 'attachment; filename="deelwijs-erasure.jws"'
    return _private(answer)


def _private(answer: HttpResponse) -> HttpResponse:
    """Keep the address of the page, which is the secret, from being kept or told to others."""
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer
