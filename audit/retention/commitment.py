"""A commitment to a list of entries: who has the list can check it, and it says nothing to who has not."""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

DOMAIN = b"deelwijs/audit/erasure/v1\n"


def commit_to_list(entry_ids: Iterable[UUID]) -> str:
    """Return hex SHA-256(domain ‖ the ids in ascending order, 16 bytes each)."""
    return sha256(DOMAIN + b"".join(sorted(one.bytes for one in entry_ids))).hexdigest()
