"""A file is clean only when the scanner says so; whatever else happens, it waits or is refused."""

import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from pytest_django import Settings

from sharing.files.content import virus_scan
from sharing.files.content.errors import FileTooLarge, ScannerUnavailable, VirusFound
from sharing.files.content.virus_scan import scan

# In two parts, so that this file is no virus to the scanner of who works on it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 1_000_000

Answer = Callable[[bytes], bytes]


def as_clamd(content: bytes) -> bytes:
    return b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in content else b"stream: OK\0"


def speaker(answer: Answer, silent_seconds: float = 0) -> type[socketserver.StreamRequestHandler]:
    """Speak clamd's INSTREAM: take blocks up to the empty one or the limit, and answer."""

    class Clamd(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.read(10) == b"zINSTREAM\0"
            content = b""
            while (length := struct.unpack(">I", self.rfile.read(4))[0]) > 0:
                if len(content) + length > LIMIT:
                    self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
                block = self.rfile.read(length)
                assert len(block) == length
                content += block
            time.sleep(silent_seconds)
            self.wfile.write(answer(content))

    return Clamd


@contextmanager
def listening(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def scanner(settings: Settings, answer: Answer = as_clamd, silent_seconds: float = 0) -> Iterator[None]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), speaker(answer, silent_seconds))
    settings.VIRUS_SCANNER_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
    with listening(server):
        yield


def test_a_clean_file_passes(settings: Settings) -> None:
    with scanner(settings):
        scan(BytesIO(b"a film"))
        scan(BytesIO(b""))
        scan(BytesIO(bytes(LIMIT)))


@pytest.mark.parametrize("before", [0, 256 * 1024 - 20, 600_000])
def test_a_virus_is_found_wherever_it_stands_and_named(settings: Settings, before: int) -> None:
    reader = BytesIO(bytes(before) + EICAR)
    # Wherever who detected its type left off.
    reader.seek(7)
    with scanner(settings), pytest.raises(VirusFound) as found:
        scan(reader)
    assert found.value.name == "Win.Test.EICAR_HDB-1"
    assert found.value.code == "virus-found"


def test_a_scanner_is_reached_through_a_socket_file_too(settings: Settings, tmp_path: Path) -> None:
    server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd.ctl"), speaker(as_clamd))
    settings.VIRUS_SCANNER_URL = f"unix://{tmp_path}/clamd.ctl"
    with listening(server):
        scan(BytesIO(b"a film"))
        with pytest.raises(VirusFound):
            scan(BytesIO(EICAR))


def test_a_file_above_the_limit_of_the_scanner_is_refused_never_clean(settings: Settings) -> None:
    with scanner(settings), pytest.raises(FileTooLarge):
        scan(BytesIO(bytes(LIMIT + 1)))


def test_what_the_scanner_skipped_for_its_size_is_refused_as_too_large_not_as_a_virus(settings: Settings) -> None:
    skipped = b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"
    with scanner(settings, lambda _: skipped), pytest.raises(FileTooLarge):
        scan(BytesIO(b"a film"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"OK\0",
        b"stream: OK but\0",
        b"stream: OK\nstream: OK\0",
        b"fd[12]: OK\0",
        b"UNKNOWN COMMAND\0",
        b"stream: lstat() failed: No such file. ERROR\0",
        b"INSTREAM: Can't allocate memory ERROR\0",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\xff\xfe" * 4000,
    ],
)
def test_nonsense_and_errors_are_never_clean(settings: Settings, answer: bytes) -> None:
    with scanner(settings, lambda _: answer), pytest.raises(ScannerUnavailable):
        scan(BytesIO(b"a film"))


def test_a_slow_scanner_is_waited_for_but_not_for_ever(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with scanner(settings, silent_seconds=0.1):
        scan(BytesIO(b"a film"))
        monkeypatch.setattr(virus_scan, "_SECONDS", 0.05)
        with pytest.raises(ScannerUnavailable):
            scan(BytesIO(b"a film"))


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd.ctl", "tcp://scanner.invalid:3310"])
def test_a_scanner_that_is_away_lets_nothing_through(settings: Settings, url: str) -> None:
    settings.VIRUS_SCANNER_URL = url
    with pytest.raises(ScannerUnavailable) as away:
        scan(BytesIO(b"a film"))
    assert away.value.status == 503
    # For the operator, not for people.
    assert "127.0.0.1" not in str(away.value)


def test_without_a_scanner_nothing_is_read(settings: Settings) -> None:
    settings.VIRUS_SCANNER_URL = ""

    class Untouched(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("read")

    scan(Untouched())
