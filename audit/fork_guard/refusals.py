"""Why the log signs nothing. Each refusal is for a person: trying again changes nothing.

`kind` is stable: alarms carry it, and what watches the service switches on it.
"""

from typing import ClassVar


class LogRefused(Exception):
    """Signing would fork the log, or could; the text says why, and what to do."""

    kind: ClassVar[str]


class LogBehindCheckpoint(LogRefused):
    """The database holds fewer leaves than were signed."""

    kind = "log-behind"


class LogForked(LogRefused):
    """The database holds other leaves than were signed."""

    kind = "log-forked"


class MemoryMissing(LogRefused):
    """The database holds checkpoints, and outside it nothing remembers them."""

    kind = "log-memory-missing"


class MemoryUnusable(LogRefused):
    """What is kept outside the database is no checkpoint of this log, or cannot be kept there safely."""

    kind = "log-memory-unusable"


REFUSALS = (LogBehindCheckpoint, LogForked, MemoryMissing, MemoryUnusable)
REFUSAL_KINDS = frozenset(refusal.kind for refusal in REFUSALS)

MEMORY_UNAVAILABLE = "log-memory-unavailable"
"""The kind of the alarm while the memory does not answer: no refusal, because that passes by itself."""
