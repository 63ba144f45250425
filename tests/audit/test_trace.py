"""Trace Context of the W3C: a good header is continued, a bad one starts a new trace."""

import json
from argparse import Namespace
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import requests
from celery.app.task import Context

from audit.entry import read_entry, seal_entry
from audit.outgoing import traced
from audit.trace import continue_trace, continue_trace_of, current_trace, outgoing_headers, tracing
from deploy.celery import continue_trace_in_task, end_trace_of_task, send_trace
from tests.audit.log import an_entry

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


STATE = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"
FSC = "0194c1f0-5a2e-7c3b-9d4f-112233445566"


def test_the_state_of_the_caller_is_passed_on_as_it_came() -> None:
    headers = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-00", "tracestate": STATE, "Fsc-Transaction-Id": FSC}
    with tracing(continue_trace_of(headers)) as trace:
        assert outgoing_headers() == {
            "traceparent": f"00-{TRACE_ID}-{trace.span_id}-01",
            "tracestate": STATE,
            "Fsc-Transaction-Id": FSC,
        }
    assert outgoing_headers() == {}


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        (" congo=1 ,\t, rojo=2,", "congo=1,rojo=2"),
        ("tenant@system=with space", "tenant@system=with space"),
        ("congo=1,congo=2", ""),
        ("Congo=1", ""),
        ("congo", ""),
        ("congo=a=b", ""),
        ("congo=\u00e9", ""),
        ("congo=1\r\nX-Evil: yes", ""),
        (",".join(f"key{number}=1" for number in range(33)), ""),
        (",".join(f"key{number}={'v' * 200}" for number in range(32)), ""),
    ],
)
def test_a_malformed_state_is_dropped_whole(given: str, passed_on: str) -> None:
    trace = continue_trace(f"00-{TRACE_ID}-{SPAN_ID}-01", tracestate=given)
    assert (trace.trace_id, trace.state) == (TRACE_ID, passed_on)


def test_a_state_without_a_trace_says_nothing() -> None:
    assert continue_trace("nonsense", tracestate=STATE, fsc_transaction_id=FSC).state == ""


@pytest.mark.parametrize("given", ["", "nonsense", FSC.replace("-", ""), f"{{{FSC}}}", f"{FSC}x"])
def test_a_transaction_that_is_no_uuid_is_not_kept(given: str) -> None:
    assert continue_trace("", fsc_transaction_id=given).fsc_transaction_id == ""


def test_each_entry_of_a_request_is_an_action_of_its_own() -> None:
    """The first is the request itself, called for by the caller; the others are its children."""
    with tracing(continue_trace(f"00-{TRACE_ID}-{SPAN_ID}-01", fsc_transaction_id=FSC)) as trace:
        first, second, third = an_entry(), an_entry(), an_entry()
    assert (first.span_id, first.parent_span_id) == (trace.span_id, SPAN_ID)
    assert second.parent_span_id == third.parent_span_id == trace.span_id
    assert len({first.span_id, second.span_id, third.span_id}) == 3
    assert {one.trace_id for one in (first, second, third)} == {TRACE_ID}
    for one in (first, second):
        read = read_entry(seal_entry(one).canonical)
        assert (read.parent_span_id, read.fsc_transaction_id) == (one.parent_span_id, FSC)


def test_an_entry_that_nobody_called_for_says_nothing_of_it() -> None:
    canonical = json.loads(seal_entry(an_entry()).canonical)
    assert not {"parentSpanId", "fscTransactionId"} & set(canonical)


def test_what_is_asked_of_another_system_goes_on_in_the_trace() -> None:
    asked: list[Message] = []

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *given: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server, traced(requests.Session()) as session:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with tracing(continue_trace(f"00-{TRACE_ID}-{SPAN_ID}-01", tracestate=STATE)) as trace:
                session.get(f"http://127.0.0.1:{server.server_port}/", timeout=10)
            session.get(f"http://127.0.0.1:{server.server_port}/", timeout=10)
        finally:
            server.shutdown()
            thread.join()
    assert (asked[0]["traceparent"], asked[0]["tracestate"]) == (trace.traceparent, STATE)
    assert "traceparent" not in asked[1]


def test_a_task_goes_on_in_the_trace_of_who_asked_for_it() -> None:
    headers: dict[str, str] = {}
    with tracing(continue_trace(f"00-{TRACE_ID}-{SPAN_ID}-01", tracestate=STATE)) as asked:
        send_trace(headers=headers)
    task = Namespace(request=Context({"id": "1", "task": "a task", **headers}))
    continue_trace_in_task(task_id="1", task=task)
    trace = current_trace()
    end_trace_of_task(task_id="1")
    assert trace is not None
    assert (trace.trace_id, trace.parent_span_id, trace.state) == (TRACE_ID, asked.span_id, STATE)
    assert current_trace() is None
