"""Pseudonyms: the name of a citizen in one scope, which means nothing in another (promise 8)."""

import hmac
from uuid import UUID

from consent.keys.binding import binding
from consent.keys.ring import open_pseudonym_key
from consent.keys.scope import IDENTITY, LOG, purpose_scope


def purpose_pseudonym(purpose_id: UUID, citizen_id: UUID) -> str:
    """Return the citizen's name for a purpose, 64 hex digits."""
    return _pseudonym(purpose_scope(purpose_id), citizen_id)


def log_subject(citizen_id: UUID) -> str:
    """Return the citizen's name in the audit log, 64 hex digits."""
    return _pseudonym(LOG, citizen_id)


def bsn_hmac(bsn: str) -> tuple[bytes, int]:
    """Return the keyed hash (32 bytes) by which a BSN is found, and the generation of its key."""
    key, generation = open_pseudonym_key(IDENTITY)
    return hmac.digest(key, binding("bsn", bsn), "sha256"), generation


def _pseudonym(scope: str, citizen_id: UUID) -> str:
    key, _ = open_pseudonym_key(scope)
    return hmac.digest(key, binding("pseudonym", scope, citizen_id), "sha256").hex()
