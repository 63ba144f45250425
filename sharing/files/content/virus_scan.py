"""Scanning by ClamAV's daemon, over its INSTREAM command (clamd(8)): blocks after their length, and an empty one.

A file is clean only when the daemon says just that. Whatever else happens, nobody knows, and the file waits.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sharing.files.content.errors import FileTooLarge, ScannerUnavailable, VirusFound

logger = structlog.get_logger(__name__)

_BLOCK = 256 * 1024
# Between two signs of life: a daemon that loads new signatures, or scans a large file, is silent for a while.
_SECONDS = 120
_MOST_BYTES_ANSWERED = 4096


def scan(reader: BinaryIO) -> None:
    """Return when the scanner at VIRUS_SCANNER_URL finds nothing, or when no scanner is set.

    Raises `VirusFound`, `FileTooLarge` for a file that a limit of the scanner leaves unscanned (StreamMaxLength; the
    others only with AlertExceedsMax), and `ScannerUnavailable` for any answer but these.
    """
    if not settings.VIRUS_SCANNER_URL:
        return
    try:
        with _connected(settings.VIRUS_SCANNER_URL) as scanner:
            answer = _scanned(scanner, reader)
    except OSError as error:
        raise _unavailable(str(error)) from error
    if answer == "stream: OK":
        return
    if answer.startswith(("INSTREAM size limit exceeded", "stream: Heuristics.Limits.Exceeded")):
        raise FileTooLarge(_("We cannot scan a file of this size for viruses. Send a smaller part of it."))
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        raise VirusFound(answer.removeprefix("stream: ").removesuffix(" FOUND"))
    raise _unavailable(f"it answered {answer[:100]!r}")


@contextmanager
def _connected(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    else:
        scanner = socket.create_connection((parts.hostname or "", parts.port or 3310), timeout=_SECONDS)
    with scanner:
        scanner.settimeout(_SECONDS)
        if parts.scheme == "unix":
            scanner.connect(parts.path)
        yield scanner


def _scanned(scanner: socket.socket, reader: BinaryIO) -> str:
    """Send the file and return the answer. A daemon that has its answer early stops listening, so that comes first."""
    reader.seek(0)
    try:
        scanner.sendall(b"zINSTREAM\0")
        while block := reader.read(_BLOCK):
            scanner.sendall(struct.pack(">I", len(block)) + block)
        scanner.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It may have said why.
        pass
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _MOST_BYTES_ANSWERED:
        more = scanner.recv(_MOST_BYTES_ANSWERED)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0").decode(errors="replace")


def _unavailable(reason: str) -> ScannerUnavailable:
    logger.error("virus scanner unavailable", reason=reason)
    error = ScannerUnavailable(
        _("The file waits, and is scanned as soon as that is possible. You need not do anything.")
    )
    error.add_note(reason)
    return error
