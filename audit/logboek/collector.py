"""Speaking OTLP over HTTP with a collector, and believing only what it says (OpenTelemetry protocol 1.x, OTLP/HTTP).

Only an answer of 200 that is an ExportTraceServiceResponse acknowledges anything. The exporter of the SDK is not used
for the request itself: it waits and repeats in memory, and does not tell what a collector took only in part.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import requests
from google.protobuf.message import DecodeError
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import ReadableSpan
from urllib3.exceptions import HTTPError

from audit.logboek.destinations import Destination

MEDIA_TYPE = "application/x-protobuf"
CONNECT_SECONDS = 5
# Between two bytes of the answer, and for the answer as a whole.
READ_SECONDS = 10
ANSWER_SECONDS = 20
LARGEST_ANSWER = 64 * 1024
LONGEST_RETRY_AFTER = timedelta(minutes=10)
# What one says of a fault is kept for an operator, not for ever.
LONGEST_REASON = 300

_LATER = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class NotAcknowledged(Exception):
    """Nothing is known to have arrived; all of it is to be sent again, not before `retry_after`.

    `too_large` says that fewer at a time may do.
    """

    def __init__(self, reason: str, *, retry_after: timedelta | None = None, too_large: bool = False) -> None:
        super().__init__(reason[:LONGEST_REASON])
        self.retry_after = retry_after
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The collector answered for what was sent, and refused `rejected` of it for good."""

    rejected: int
    reason: str = ""


class Collector:
    """A connection to a destination, for one run. Raise NotAcknowledged where its files cannot be read."""

    def __init__(self, destination: Destination) -> None:
        self._url = destination.url
        self._session = requests.Session()
        # Nothing from the surroundings: no proxy, no password of a .netrc, for what is personal data.
        self._session.trust_env = False
        self._session.headers["Content-Type"] = MEDIA_TYPE
        self._session.headers["Accept-Encoding"] = "identity"
        if destination.token_file:
            self._session.headers["Authorization"] = f"Bearer {_token(destination.token_file)}"
        if destination.certificate_authority_file:
            self._session.verify = str(destination.certificate_authority_file)

    def close(self) -> None:
        self._session.close()

    def send(self, spans: Sequence[ReadableSpan]) -> Acknowledged:
        """Send spans in one request, or raise NotAcknowledged."""
        until = time.monotonic() + ANSWER_SECONDS
        try:
            with self._session.post(
                self._url,
                data=encode_spans(spans).SerializeToString(),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                # Who may redirect us could have the log of a city.
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _read(answer, _body(answer, until), sent=len(spans))
        except (requests.RequestException, HTTPError) as error:
            raise NotAcknowledged(f"no answer: {type(error).__name__}") from error
        except OSError as error:  # a certificate file that is not there
            raise NotAcknowledged(f"not sent: {type(error).__name__}") from error


def _body(answer: requests.Response, until: float) -> bytes:
    body = b""
    # What has come and no more: a reader that waits for a full piece waits for ever on an answer that drips in.
    while piece := answer.raw.read1(1024):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise NotAcknowledged("the answer is too large to be one")
        if time.monotonic() > until:
            raise NotAcknowledged("the answer takes too long")
    return body


def _read(answer: requests.Response, body: bytes, *, sent: int) -> Acknowledged:
    status = answer.status_code
    if status in _LATER:
        raise NotAcknowledged(f"answered {status}", retry_after=_retry_after(answer))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise NotAcknowledged(f"answered {status}", too_large=True)
    if status != HTTPStatus.OK:
        raise NotAcknowledged(f"answered {status}")
    if answer.headers.get("Content-Type", "").partition(";")[0].strip() != MEDIA_TYPE:
        # A page of a proxy or of another program on that port acknowledges nothing.
        raise NotAcknowledged("answered 200 with something else than protobuf")
    try:
        response = ExportTraceServiceResponse.FromString(body)
    except DecodeError:
        raise NotAcknowledged("answered 200 with broken protobuf") from None
    rejected = response.partial_success.rejected_spans
    if not 0 <= rejected <= sent:
        raise NotAcknowledged(f"says that it rejected {rejected} of {sent}")
    return Acknowledged(rejected, response.partial_success.error_message[:LONGEST_REASON])


def _retry_after(answer: requests.Response) -> timedelta | None:
    """Read Retry-After in seconds; as a date it is not used, because the clock there may be any."""
    given = answer.headers.get("Retry-After", "")
    if not (given.isascii() and given.isdigit()) or len(given) > 9:
        return None
    return min(timedelta(seconds=int(given)), LONGEST_RETRY_AFTER)


def _token(file: Path) -> str:
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotAcknowledged(f"the token in {file} cannot be read") from error
    if not token or not token.isprintable():
        raise NotAcknowledged(f"there is no token in {file}")
    return token
