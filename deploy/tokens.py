"""Where systems get their tokens (RFC 6749 section 4.4), with an end to guessing."""

import base64
import binascii
import hashlib

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from oauth2_provider.views.base import TokenView as ProviderTokenView
from rest_framework.exceptions import Throttled

MOST_FAILURES = 10
COUNTED_SECONDS = 60


class TokenView(ProviderTokenView):
    """Refuses a client that failed too often from one address, before its secret is looked at.

    Counted by client and address together: a stranger who guesses does not lock out the client itself. Without the
    cache nothing can be counted, and then no token is given (503).
    """

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        counter = _counter(request)
        if (cache.get(counter) or 0) >= MOST_FAILURES:
            raise Throttled(wait=COUNTED_SECONDS)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if response.status_code >= 400:
            cache.add(counter, 0, timeout=COUNTED_SECONDS)
            cache.incr(counter)
        return response


def _counter(request: HttpRequest) -> str:
    who = f"{_client_id(request)} {request.META.get('REMOTE_ADDR', '')}"
    return f"token-failures:{hashlib.sha256(who.encode()).hexdigest()}"


def _client_id(request: HttpRequest) -> str:
    """Give the client that the request speaks for, from its Basic header or its form (RFC 6749 section 2.3.1)."""
    kind, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return request.POST.get("client_id", "")
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
