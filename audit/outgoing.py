"""What this service asks of other systems by HTTP goes on in the trace of who asked it (W3C Trace Context)."""

from typing import Any

from requests import PreparedRequest, Session
from requests.adapters import HTTPAdapter

from audit.trace import outgoing_headers


class TracedAdapter(HTTPAdapter):
    """Sends `traceparent` and what belongs to it with every request, also with those that follow a redirect."""

    def add_headers(self, request: PreparedRequest, **kwargs: Any) -> None:
        request.headers.update(outgoing_headers())


def traced(session: Session) -> Session:
    """Let everything that `session` asks go on in the trace that is current when it asks."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, TracedAdapter())
    return session
