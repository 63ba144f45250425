"""What holds for every request: its trace, its line in the service's own log, and what may be kept of the answer."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from audit.trace import continue_trace_of, tracing

# What anyone may keep: files, the public log (its tiles never change), the keys and schema of receipts, the
# description of the API.
CACHEABLE = ("/static/", "/audit/log/", "/receipts/", "/schemas/", "/api/v1/openapi.json")
# Asked for so often that their lines would hide the others.
NOT_LOGGED = ("/static/", "/health/", "/metrics")

logger = structlog.get_logger(__name__)


class RequestMiddleware:
    """The outermost middleware, so that it also sees what the others answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        # W3C Trace Context: entries of the audit log, this service's log and the caller's share the trace id.
        with (
            tracing(continue_trace_of(request.headers)) as trace,
            structlog.contextvars.bound_contextvars(trace_id=trace.trace_id),
        ):
            response = self.get_response(request)
            response["traceparent"] = trace.traceparent
            # A refusal may be a page, with the menu of who is signed in.
            if response.status_code >= 400 or not request.path_info.startswith(CACHEABLE):
                response["Cache-Control"] = "no-store"
            if getattr(response, "is_same_for_everybody", False):
                # Sessions and languages change nothing here; told that they do, a shared cache keeps a copy for each.
                del response["Vary"], response["Content-Language"]
            if request.path_info.startswith("/api/"):
                response["API-Version"] = settings.API_VERSION
            if not request.path_info.startswith(NOT_LOGGED):
                logger.info(
                    "request",
                    method=request.method,
                    # The pattern and not the path: what stands in an address is the caller's to choose.
                    route=request.resolver_match.route if request.resolver_match else None,
                    status=response.status_code,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                )
        return response
