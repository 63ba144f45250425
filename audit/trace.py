"""The trace that the current request belongs to (W3C Trace Context), so that entries can name it.

What is asked of others on the way, by HTTP or by the queue of tasks, goes on in the same trace: `outgoing_headers` are
what such a message carries, `continue_trace_of` is what reads them at the other end.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

# Version ff is forbidden, version 00 ends after the flags, a later one may go on.
_TRACEPARENT = re.compile(r"(?:00(?=.{53}$)|(?!00|ff)[0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")

# Trace Context §3.3.1: a key is `simple` or `tenant@system`; a value is printable ASCII without comma and equals sign,
# and does not end with a space.
_STATE_MEMBER = re.compile(
    r"(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
_MOST_STATE_MEMBERS = 32
# A list of 32 of the longest would be 16 KiB, and goes into every message that we send. §3.3.1.5 asks for 512.
_LONGEST_STATE = 2048

TRACEPARENT, TRACESTATE, FSC_TRANSACTION_ID = "traceparent", "tracestate", "Fsc-Transaction-Id"


def random_trace_id() -> str:
    return os.urandom(16).hex()


def random_span_id() -> str:
    return os.urandom(8).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A place in a trace: ids in lower-case hex; `parent_span_id` is empty where the trace starts here.

    `state` is the `tracestate` of who called, which is passed on as it came. `fsc_transaction_id` names the transaction
    that the Federatieve Service Connectiviteit knows the call by, or is empty.
    """

    trace_id: str = field(default_factory=random_trace_id)
    span_id: str = field(default_factory=random_span_id)
    parent_span_id: str = ""
    state: str = ""
    fsc_transaction_id: str = ""
    _entries: Iterator[int] = field(default_factory=count, repr=False, compare=False)

    @property
    def traceparent(self) -> str:
        """The header to send on. Sampled is always set: an access is never left out of a log."""
        return f"00-{self.trace_id}-{self.span_id}-01"

    def span_of_entry(self) -> str:
        """Return the span of one more entry.

        The first is this span itself. Each further one is a child of it with an id of its own, so that two subjects of
        one request are two actions (Logboek Dataverwerkingen 1.0, "Gedrag van Applicatie").
        """
        return random_span_id() if next(self._entries) else self.span_id


def continue_trace(traceparent: str, *, tracestate: str = "", fsc_transaction_id: str = "") -> Trace:
    """Start a span under a caller's headers; a `traceparent` that is malformed starts a new trace (§3.2).

    A `tracestate` without a good `traceparent` says nothing, and a malformed one is dropped whole (§3.3, §4.3).
    """
    fsc = _uuid_text(fsc_transaction_id)
    match = _TRACEPARENT.fullmatch(traceparent.strip(" \t"))
    if match is None or not int(match[1], 16) or not int(match[2], 16):
        return Trace(fsc_transaction_id=fsc)
    return Trace(trace_id=match[1], parent_span_id=match[2], state=_readable_state(tracestate), fsc_transaction_id=fsc)


def continue_trace_of(headers: Mapping[str, str]) -> Trace:
    """Continue the trace that the headers of a request or of a task speak of."""
    return continue_trace(
        headers.get(TRACEPARENT, ""),
        tracestate=headers.get(TRACESTATE, ""),
        fsc_transaction_id=headers.get(FSC_TRANSACTION_ID, ""),
    )


def outgoing_headers() -> dict[str, str]:
    """Return the headers with which what is asked of another system goes on in the current trace; none outside one."""
    trace = _current.get()
    if trace is None:
        return {}
    headers = {TRACEPARENT: trace.traceparent, TRACESTATE: trace.state, FSC_TRANSACTION_ID: trace.fsc_transaction_id}
    return {name: value for name, value in headers.items() if value}


def _readable_state(tracestate: str) -> str:
    """Return the list without empty members, or "" where one is malformed or named twice."""
    members = [member.strip(" \t") for member in tracestate.split(",")]
    members = [member for member in members if member]
    keys = {member.partition("=")[0] for member in members}
    state = ",".join(members)
    good = all(_STATE_MEMBER.fullmatch(member) for member in members) and len(keys) == len(members)
    return state if good and len(members) <= _MOST_STATE_MEMBERS and len(state) <= _LONGEST_STATE else ""


def _uuid_text(text: str) -> str:
    """Return a UUID in its one spelling, or "": what a caller sends is kept in no other form."""
    try:
        return str(UUID(text)) if len(text) == len(str(UUID(int=0))) else ""
    except ValueError:
        return ""


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
    return trace.span_of_entry() if trace else random_span_id()


def parent_span_id_for_entry(*, trace_id: str, span_id: str) -> str:
    """Return the span that called for the one of an entry: a caller's, or this request's; "" where nothing did."""
    trace = _current.get()
    if trace is None or trace.trace_id != trace_id:
        return ""
    return trace.parent_span_id if span_id == trace.span_id else trace.span_id


def fsc_transaction_id_for_entry() -> str:
    trace = _current.get()
    return trace.fsc_transaction_id if trace else ""
