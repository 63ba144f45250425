"""Systems of organisations, known by the bearer token that they hold (RFC 6750).

Nothing of this is cached: a token or a client that was revoked fails on its next request.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

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


# The parts of a statement that finds a system by its token, for `find_system` and for a statement that reads more
# in the same round trip. The columns are those that `system_from` reads.
SYSTEM_COLUMNS = (
    "token.scope, client.id, client.role, client.department, client.sealed_name, organisation.id, organisation.oin"
)
SYSTEM_COLUMN_COUNT = 7
SYSTEM_TABLES = """oauth2_provider_accesstoken token
  JOIN consent_client client ON client.id = token.application_id
  JOIN consent_organisation organisation ON organisation.id = client.organisation_id"""
SYSTEM_HOLDS_TOKEN = "token.token_checksum = %(token)s AND token.expires > %(now)s AND client.is_active"  # noqa: S105

_FIND_SYSTEM = f"SELECT {SYSTEM_COLUMNS} FROM {SYSTEM_TABLES} WHERE {SYSTEM_HOLDS_TOKEN}"  # noqa: S608 our own parts


def token_params(token: str) -> dict[str, Any]:
    """Return the parameters of `SYSTEM_HOLDS_TOKEN`."""
    return {
        "token": hashlib.sha256(token.encode()).hexdigest(),
        # SQLite keeps a time as text.
        "now": connection.ops.adapt_datetimefield_value(timezone.now()),
    }


def find_system(token: str) -> System | None:
    """Return the system that holds `token` now, None for an unknown, revoked or expired one."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND_SYSTEM, token_params(token))
        row = cursor.fetchone()
    return None if row is None else system_from(row)


def system_from(columns: Sequence[Any]) -> System:
    """Return the system that `SYSTEM_COLUMNS` tell of."""
    scope, client_id, role, department, sealed_name, organisation_id, oin = columns
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
