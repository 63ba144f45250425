"""Where systems get their tokens and give them back (RFC 6749 section 4.4, RFC 7009), with an end to guessing."""

import base64
import hashlib
from urllib.parse import unquote_plus

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from oauth2_provider.views.base import RevokeTokenView as ProviderRevokeTokenView
from oauth2_provider.views.base import TokenView as ProviderTokenView
from oauth2_provider.views.mixins import OAuthLibMixin
from oauthlib.oauth2 import (  # type: ignore[import-untyped]  # has no types
    InvalidClientError,
    InvalidRequestError,
    OAuth2Error,
    UnsupportedGrantTypeError,
)
from rest_framework.exceptions import Throttled

MOST_FAILURES = 10
COUNTED_SECONDS = 60
CHALLENGE = 'Basic realm="deelwijs"'


class CountedView(OAuthLibMixin):
    """Refuses a client that failed too often from one address, before its secret is looked at.

    Counted by client and address together: a stranger who guesses does not lock out the client itself. All views
    that look at a secret share the count, or the one without would tell which guess was right. Without the cache
    nothing can be counted, and then no token is given (503).
    """

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            form = _form_with_credentials(request)
        except OAuth2Error as refusal:
            return _refused(refusal)
        counter = _counter(form.get("client_id", ""), request.META.get("REMOTE_ADDR", ""))
        if (cache.get(counter) or 0) >= MOST_FAILURES:
            raise Throttled(wait=COUNTED_SECONDS)
        # The library reads the header in its own way, in an encoding that the form names, and after a failure tries
        # the form. So that it looks at the client that was counted and at no other, it gets the form alone.
        request.META.pop("HTTP_AUTHORIZATION", None)
        request.POST = form  # type: ignore[assignment]  # the stubs want one that cannot be changed
        response: HttpResponse = super().post(  # type: ignore[misc]  # that of the library's view, which comes next
            request, *args, **kwargs
        )
        if response.status_code >= 400:
            _count(counter)
        if response.status_code == 401:
            response["WWW-Authenticate"] = CHALLENGE
        return response


class TokenView(CountedView, ProviderTokenView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        # The library's view has a way of its own for devices, which are not served here.
        if request.POST.get("grant_type", "client_credentials") != "client_credentials":
            return _refused(UnsupportedGrantTypeError())
        return super().post(request, *args, **kwargs)


class RevokeTokenView(CountedView, ProviderRevokeTokenView):
    """Takes a token back at once."""


def _form_with_credentials(request: HttpRequest) -> QueryDict:
    """Give the request's form with the client's id and secret in it, from whichever of the two places they came.

    Raises InvalidRequestError for credentials in both, InvalidClientError for a header that cannot be read (RFC 6749
    sections 2.3 and 2.3.1). A header may go with a form that names the same client, as some clients send it.
    """
    form = request.POST.copy()
    kind, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form
    try:
        quoted_id, colon, quoted_secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError as error:
        raise InvalidClientError from error
    client_id, secret = unquote_plus(quoted_id), unquote_plus(quoted_secret)
    # PostgreSQL cannot be asked for a text with a NUL in it.
    if not colon or "\0" in client_id + secret:
        raise InvalidClientError
    if "client_secret" in form or set(form.getlist("client_id")) - {client_id}:
        raise InvalidRequestError(description="The client uses more than one way to authenticate.")
    form["client_id"], form["client_secret"] = client_id, secret
    return form


def _counter(client_id: str, address: str) -> str:
    return f"token-failures:{hashlib.sha256(f'{client_id} {address}'.encode()).hexdigest()}"


def _count(counter: str) -> None:
    cache.add(counter, 0, timeout=COUNTED_SECONDS)
    try:
        cache.incr(counter)
    except ValueError:
        # It ended between the two.
        cache.set(counter, 1, timeout=COUNTED_SECONDS)


def _refused(refusal: OAuth2Error) -> HttpResponse:
    """Answer as the library does (RFC 6749 section 5.2)."""
    headers = {"WWW-Authenticate": CHALLENGE} if refusal.status_code == 401 else {}
    return JsonResponse(dict(refusal.twotuples), status=refusal.status_code, headers=headers)
