"""Trace Context of the W3C: a good header is continued, a bad one starts a new trace."""

import pytest

from audit.trace import continue_trace, current_trace, tracing

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"


def test_a_trace_is_continued_with_a_span_of_our_own() -> None:
    trace = continue_trace(f"00-{TRACE_ID}-{SPAN_ID}-01")
    assert (trace.trace_id, trace.parent_span_id) == (TRACE_ID, SPAN_ID)
    assert trace.span_id not in (SPAN_ID, "")
    assert trace.traceparent == f"00-{TRACE_ID}-{trace.span_id}-01"


def test_a_later_version_may_say_more() -> None:
    assert continue_trace(f"01-{TRACE_ID}-{SPAN_ID}-01-more").trace_id == TRACE_ID


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID.upper()}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{SPAN_ID}-01-more",
    ],
)
def test_a_malformed_header_starts_a_new_trace(header: str) -> None:
    trace = continue_trace(header)
    assert trace.trace_id != TRACE_ID
    assert trace.parent_span_id == ""


def test_the_trace_before_is_current_again_afterwards() -> None:
    with tracing(continue_trace("")) as outer:
        with tracing(continue_trace("")):
            pass
        assert current_trace() is outer
    assert current_trace() is None
