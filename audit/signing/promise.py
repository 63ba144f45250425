"""The promise that an entry will stand in the log, for its accessor to keep: what an SCT is in Certificate
Transparency (RFC 9162 §4.8).

It is a C2SP signed note with a key of its own. Its first line is no origin of a log, and its key has another name
than the log's, so that it can never be taken for a checkpoint:

    deelwijs/audit/promise/v1
    log deelwijs.example.nl/log
    entry 0199a2c4-7f6e-7c55-a1a0-0d2f4f1f7a10
    leaf ApZ9…=                                      base64 of the leaf hash (RFC 9162 §2.1.1)
    at 2026-11-25T22:04:35.123Z                      when the entry's id was made, which the id says too
    within 60                                        seconds, from then on
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from audit.tree.merkle import HASH_BYTES

CONTEXT = "deelwijs/audit/promise/v1"

_BODY = re.compile(
    rf"{re.escape(CONTEXT)}\nlog (\S+)\nentry ([0-9a-f-]{{36}})\nleaf ([A-Za-z0-9+/]{{43}}=)\n"
    r"at ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z)\nwithin ([1-9][0-9]{0,9})\n"
)
# The last millisecond that Python has a time for. 48 bits of an id go on to the year 10889.
_LAST_MILLISECOND = 253_402_300_799_999


class PromiseError(ValueError):
    """The text is no promise."""


@dataclass(frozen=True, slots=True)
class Promise:
    """By `at` + `within`, the log `origin` has `leaf_hash`, that of the entry, under a signed checkpoint."""

    origin: str
    entry_id: UUID
    leaf_hash: bytes
    within: timedelta

    @property
    def at(self) -> datetime:
        return made_at(self.entry_id)

    @property
    def body(self) -> str:
        """The text that is signed. All of it follows from the entry and the delay: one promise has one text."""
        at = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        leaf = base64.b64encode(self.leaf_hash).decode()
        # Rounded up: half a second that was not promised is no breach.
        seconds = -(-self.within // timedelta(seconds=1))
        return f"{CONTEXT}\nlog {self.origin}\nentry {self.entry_id}\nleaf {leaf}\nat {at}\nwithin {seconds}\n"

    @classmethod
    def read(cls, body: str) -> Self:
        """Read what `body` writes; raise PromiseError for any other text."""
        match = _BODY.fullmatch(body)
        if match is None:
            raise PromiseError("a promise is its context, log, entry, leaf, at and within, each on a line")
        try:
            origin, entry_id, leaf, _at, seconds = match.groups()
            promise = cls(origin, UUID(entry_id), base64.b64decode(leaf), timedelta(seconds=int(seconds)))
        except ValueError:
            raise PromiseError("the entry of the promise is badly written") from None
        if promise.body != body or len(promise.leaf_hash) != HASH_BYTES:
            raise PromiseError("the time of the promise is not that of its entry")
        return promise


def made_at(entry_id: UUID) -> datetime:
    """Read the moment an id was made from the id itself (UUIDv7, RFC 9562 §5.7), to the millisecond.

    Not the time that the entry speaks of: an entry may tell of something that happened earlier. An id beyond the
    year 9999 was not made by a clock, and counts as of that year's last moment.
    """
    return datetime.fromtimestamp(min(entry_id.int >> 80, _LAST_MILLISECOND) / 1000, tz=UTC)
