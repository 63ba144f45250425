"""Who calls: a system of an organisation by its token, or a person by a session."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from consent.system import System, find_system

_CHALLENGE = 'Bearer realm="deelwijs"'


class BearerAuthentication(authentication.BaseAuthentication):
    """Bearer tokens (RFC 6750) that a client got by its credentials (RFC 6749 section 4.4)."""

    def authenticate(self, request: Request) -> tuple[System, str] | None:
        token = bearer_token(request)
        if token is None:
            return None
        return require_system(find_system(token)), "token"

    def authenticate_header(self, request: Request) -> str:
        return _CHALLENGE


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of a signed-in person, with the CSRF check on everything that changes something."""


def bearer_token(request: Request | HttpRequest) -> str | None:
    """Return the token that came along, None where there is none."""
    kind, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def require_bearer_token(request: HttpRequest) -> str:
    """Return the token that came along; raise NotAuthenticated where there is none."""
    token = bearer_token(request)
    if token is None:
        raise _challenging(NotAuthenticated())
    return token


def require_system(system: System | None) -> System:
    """Return the system that was found by its token; raise AuthenticationFailed where none was."""
    if system is None:
        raise _challenging(AuthenticationFailed(_("This token is unknown, revoked or expired. Ask for a new one.")))
    return system


def _challenging(refusal: APIException) -> APIException:
    """Say with a refusal how to come back (RFC 6750 section 3); the framework puts it in the same place."""
    refusal.auth_header = _CHALLENGE  # type: ignore[attr-defined]
    return refusal
