"""The trace that the current request belongs to (W3C Trace Context), so that entries can name it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

# Version ff is forbidden, version 00 ends after the flags, a later one may go on.
_TRACEPARENT = re.compile(r"(?:00(?=.{53}$)|(?!00|ff)[0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


def random_trace_id() -> str:
    return os.urandom(16).hex()


def random_span_id() -> str:
    return os.urandom(8).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A place in a trace: ids in lower-case hex; `parent_span_id` is empty where the trace starts here."""

    trace_id: str = field(default_factory=random_trace_id)
    span_id: str = field(default_factory=random_span_id)
    parent_span_id: str = ""

    @property
    def traceparent(self) -> str:
        """The header to send on. Sampled is always set: an access is never left out of a log."""
        return f"00-{self.trace_id}-{self.span_id}-01"


def continue_trace(traceparent: str) -> Trace:
    """Start a span under a caller's `traceparent` header; one that is malformed starts a new trace (§3.2)."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None or not int(match[1], 16) or not int(match[2], 16):
        return Trace()
    return Trace(trace_id=match[1], parent_span_id=match[2])


_current: ContextVar[Trace | None] = ContextVar("audit_trace", default=None)


def current_trace() -> Trace | None:
    return _current.get()


@contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Make `trace` the current one for the entries that are made inside."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def trace_id_for_entry() -> str:
    trace = _current.get()
    return trace.trace_id if trace else random_trace_id()


def span_id_for_entry() -> str:
    trace = _current.get()
    return trace.span_id if trace else random_span_id()
