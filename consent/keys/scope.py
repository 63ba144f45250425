"""Scopes: what a purpose key and a pseudonym key are for. A citizens' purpose is its own scope, by its id."""

from uuid import UUID

# The service's own purposes. In none of them does an identifier mean anything in another.
VAULT = "vault"
LOG = "log"
IDENTITY = "identity"


def purpose_scope(purpose_id: UUID) -> str:
    """Return the scope of a purpose."""
    return str(purpose_id)
