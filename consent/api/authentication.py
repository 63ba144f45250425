"""Who calls: a system of an organisation by its token, or a person by a session."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from consent.actor import Actor


@dataclass(frozen=True, slots=True)
class System:
    """A system that showed a valid token; it stands where Django expects a user."""

    actor: Actor
    scopes: frozenset[str]
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True
    pk: None = None


# One statement, and no cache: a token or a client that was revoked fails on its next request.
_FIND_SYSTEM = """
SELECT token.scope, client.id, client.role, client.department, client.sealed_name, organisation.id, organisation.oin
  FROM oauth2_provider_accesstoken token
  JOIN consent_client client ON client.id = token.application_id
  JOIN consent_organisation organisation ON organisation.id = client.organisation_id
 WHERE token.token_checksum = %s AND token.expires > %s AND client.is_active
"""


CHALLENGE = 'Bearer realm="deelwijs"'


class BearerAuthentication(authentication.BaseAuthentication):
    """Bearer tokens (RFC 6750) that a client got by its credentials (RFC 6749 section 4.4)."""

    def authenticate(self, request: Request) -> tuple[System, str] | None:
        system = system_of(request)
        return None if system is None else (system, "token")

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of a signed-in person, with the CSRF check on everything that changes something."""


def system_of(request: Request | HttpRequest) -> System | None:
    """Return the system whose token came along, None without one; raise AuthenticationFailed for a bad one."""
    kind, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "bearer":
        return None
    system = find_system(token.strip())
    if system is None:
        raise AuthenticationFailed(_("This token is unknown, revoked or expired. Ask for a new one."))
    return system


def token_missing() -> NotAuthenticated:
    """Return the refusal of a call that needs a token and came without one."""
    refusal = NotAuthenticated()
    refusal.auth_header = CHALLENGE  # type: ignore[attr-defined]  # where the framework puts it too
    return refusal


def find_system(token: str) -> System | None:
    """Return the system that holds `token` now, None for an unknown, revoked or expired one."""
    checksum = hashlib.sha256(token.encode()).hexdigest()
    # SQLite keeps a time as text.
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_FIND_SYSTEM, [checksum, now])
        row = cursor.fetchone()
    if row is None:
        return None
    scope, client_id, role, department, sealed_name, organisation_id, oin = row
    actor = Actor(
        organisation_id=_uuid(organisation_id),
        oin=oin,
        role=role,
        department=department,
        sealed_name=bytes(sealed_name),
        client_id=_uuid(client_id),
    )
    return System(actor=actor, scopes=frozenset(scope.split()))


def _uuid(value: UUID | str) -> UUID:
    # SQLite keeps a UUID as text.
    return value if isinstance(value, UUID) else UUID(value)
