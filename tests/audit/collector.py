"""A collector of OTLP on loopback that keeps what it acknowledged, and misbehaves as it is told to."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

MEDIA_TYPE = "application/x-protobuf"


@dataclass
class Answer:
    """What is said to one request: and whether the spans in it were kept."""

    status: int = 200
    body: bytes = b""
    keeps: bool = True
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": MEDIA_TYPE})
    drips: bool = False
    hangs_up: bool = False


def rejecting(count: int, reason: str = "no") -> Answer:
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = count
    response.partial_success.error_message = reason
    return Answer(body=response.SerializeToString())


class CollectorOfTests:
    """`answer` decides on each request, from its spans; `kept` are the spans that it acknowledged, as they came."""

    def __init__(self) -> None:
        self.answer: Callable[[list[Span]], Answer] = lambda _spans: Answer()
        self.kept: list[Span] = []
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[Any] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/traces"

    def ids(self) -> set[tuple[str, str]]:
        return {(span.trace_id.hex(), span.span_id.hex()) for span in self.kept}


@contextmanager
def collecting() -> Iterator[CollectorOfTests]:
    collector = CollectorOfTests()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            spans = [
                span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans
            ]
            collector.requests.append(request)
            collector.headers.append(self.headers)
            answer = collector.answer(spans)
            if answer.keeps:
                collector.kept += spans
            if answer.hangs_up:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if not answer.drips:
                self.wfile.write(answer.body)
                return
            try:
                for byte in answer.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                # Who asked has given up, as it must.
                self.close_connection = True

        def log_message(self, *given: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        collector.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
