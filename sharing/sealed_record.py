"""A record sealed with a data key of its own, which is wrapped by the key above it.

Used for a citizen's vault (under the vault key) and for the copies of a consent (under the consent key).
"""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from consent.keys.binding import binding
from consent.keys.envelope import random_key, seal, unseal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed record belongs: it opens there and nowhere else.

    `holder` is "vault" or "consent", `owner` the citizen's or the consent's id.
    """

    holder: str
    owner: UUID
    record: UUID
    dataset_version: UUID
    version: int

    def binding(self, level: str) -> bytes:
        return binding(level, self.holder, self.owner, self.record, self.dataset_version, self.version)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A wrapped data key (60 bytes) and the record it opens."""

    wrapped_data_key: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def seal_record(content: dict[str, Any], *, key: bytes, place: Place) -> SealedRecord:
    """Seal `content`, JSON-safe, with a new data key wrapped by `key`."""
    data_key = random_key()
    plaintext = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return SealedRecord(
        wrapped_data_key=seal(key, data_key, place.binding("data-key")),
        sealed=seal(data_key, plaintext, place.binding("record")),
    )


def open_record(record: SealedRecord, *, key: bytes, place: Place) -> dict[str, Any]:
    """Return what was sealed; raise DoesNotOpen for another key, place or content."""
    data_key = unseal(key, record.wrapped_data_key, place.binding("data-key"))
    content: dict[str, Any] = json.loads(unseal(data_key, record.sealed, place.binding("record")))
    return content
