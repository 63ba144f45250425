"""Ask a witness over HTTP to cosign a checkpoint, and believe nothing of the answer that is not checked."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from audit.signing.signed_note import NoteError
from audit.witness.cosignature import verified_cosignatures
from audit.witness.policy import Witness
from audit.witness.request import LARGEST_BODY, SIZE_TYPE, AddCheckpoint, RequestError, read_size
from audit.witness.signature_line import SignatureLine, read_signature_lines, split_note

# How far the clock of a witness may be from ours, in seconds.
CLOCKS_DIFFER_BY = 300
_PIECE = 4096


@dataclass(frozen=True, slots=True)
class Cosigned:
    """It saw that the log grew; `line` is its signature, checked, and `at` the time in it."""

    line: SignatureLine
    at: datetime


@dataclass(frozen=True, slots=True)
class SawAnotherSize:
    """It saw `size` leaves last, not what we took it to have seen (409). Nobody signed for that number."""

    size: int


@dataclass(frozen=True, slots=True)
class Contradicted:
    """The tree that it saw is not the beginning of ours (422)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It gave nothing that is of use; `reason` says why, for who runs the log."""

    reason: str


Answer = Cosigned | SawAnotherSize | Contradicted | Failed


def add_checkpoint(
    witness: Witness,
    request: AddCheckpoint,
    *,
    seconds: float,
    session: requests.Session,
    now: Callable[[], float] = time.time,
) -> Answer:
    """Send one request and read its answer, whatever the witness sends. Raises nothing of its own.

    Takes at most `seconds`, except from a witness that sends the head of its answer byte by byte: so call it where
    nobody waits for it.
    """
    url = f"{witness.url}/add-checkpoint"
    try:
        status, kind, body = _exchange(session, "POST", url, request.to_bytes(), seconds=seconds)
    except (requests.RequestException, OSError, ValueError) as error:
        # Of a library's own errors the first line says enough.
        return Failed(f"{type(error).__name__}: {error}".partition("\n")[0][:300])
    match status:
        case 200:
            return _read_cosignature(witness, request, body, now())
        case 409 if kind.partition(";")[0].strip().lower() == SIZE_TYPE:
            try:
                return SawAnotherSize(read_size(body))
            except RequestError as error:
                return Failed(f"409 without a size: {error}")
        case 422:
            return Contradicted()
        case 404:
            return Failed("404: it does not know our log; have its operator add LOG_ORIGIN and the key of the log")
        case 403:
            return Failed("403: it does not know the key that signed; have its operator add it")
    return Failed(f"it answered {status}")


def get_checkpoint(witness: Witness, origin_hash: str, *, seconds: float, session: requests.Session) -> str | None:
    """Get the newest checkpoint that a witness serves of a log, unchecked; None where it serves none."""
    try:
        url = f"{witness.url}/{origin_hash}/checkpoint"
        status, _kind, body = _exchange(session, "GET", url, None, seconds=seconds)
    except (requests.RequestException, OSError, ValueError):
        return None
    return body if status == requests.codes.ok else None


def _read_cosignature(witness: Witness, request: AddCheckpoint, body: str, now: float) -> Answer:
    text, _lines = split_note(request.note)
    try:
        found = verified_cosignatures(read_signature_lines(body), text, [witness.cosigner])
    except NoteError as error:
        return Failed(f"its answer does not verify: {error}")
    if not found:
        return Failed("its answer holds no signature of the key that the policy names")
    _cosigner, line, at = found[0]
    if abs(at - now) > CLOCKS_DIFFER_BY:
        return Failed(f"its cosignature is of another time: its clock and ours differ by {int(at - now)} seconds")
    return Cosigned(line, datetime.fromtimestamp(at, tz=UTC))


def _exchange(
    session: requests.Session, method: str, url: str, body: bytes | None, *, seconds: float
) -> tuple[int, str, str]:
    """Return status, content type and text of an answer that is short and comes in time.

    Raise RequestException, OSError or ValueError otherwise.
    """
    deadline = time.monotonic() + seconds
    with session.request(
        method,
        url,
        data=body,
        headers={"Content-Type": "text/plain; charset=utf-8"} if body else None,
        timeout=seconds,
        stream=True,
        # A witness that sends us elsewhere is not the one that the policy names.
        allow_redirects=False,
    ) as response:
        read = b""
        # Piece by piece as they come: a time limit of the socket begins anew with every byte.
        while piece := response.raw.read1(_PIECE):
            read += piece
            if len(read) > LARGEST_BODY:
                raise OSError(f"the answer is larger than {LARGEST_BODY} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the answer was not there within {seconds:g} s")
        return response.status_code, response.headers.get("Content-Type", ""), read.decode()
