"""Decoders run in a process of their own that can do nothing but ask for bytes and give bytes."""

import json
import subprocess
import sys
import textwrap
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from sharing.files.chunked import SealedWriter
from sharing.files.content import cleaning, confinement
from sharing.files.content.confinement import clean, still
from sharing.files.content.errors import REFUSALS, FileDamaged, FileLocked
from sharing.files.content.media_type import detect
from tests.sharing.files.media import document, film, found, photo
from tests.sharing.files.sealed_writer import OnlyItsStartChanges
from tests.sharing.sealed_files import CONTEXT, KEY, Memory

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (film("mov", "libx264", "pcm_s16le"), "video/quicktime"),
        (photo(), "image/jpeg"),
        (document(), "application/pdf"),
    ],
)
def test_it_comes_out_as_without_confinement(content: bytes, media_type: str) -> None:
    confined, free = OnlyItsStartChanges(), OnlyItsStartChanges()
    result = clean(BytesIO(content), confined, media_type=media_type, keeps_metadata=False)
    cleaning.clean(BytesIO(content), free, media_type=media_type, keeps_metadata=False)
    assert confined.content == free.content
    assert detect(BytesIO(confined.content)) == result
    assert found(confined.content) == []


def test_a_still_comes_out_as_without_confinement() -> None:
    assert still(BytesIO(film()), media_type="video/mp4") == cleaning.still(BytesIO(film()), media_type="video/mp4")


def test_a_refusal_comes_back_as_itself() -> None:
    with pytest.raises(FileLocked):
        still(BytesIO(document(password="geheim")), media_type="application/pdf")
    with pytest.raises(FileDamaged):
        clean(BytesIO(photo()[:900]), OnlyItsStartChanges(), media_type="image/jpeg", keeps_metadata=True)


def test_what_fails_here_is_no_fault_of_the_file() -> None:
    """A storage that is away raises its own error, and the confined process does not outlive it."""

    class Away(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionError("the storage is away")

    class Full(OnlyItsStartChanges):
        def write(self, data: Any) -> int:
            raise ConnectionError("the storage is full")

    with pytest.raises(ConnectionError, match="away"):
        still(Away(photo()), media_type="image/jpeg")
    with pytest.raises(ConnectionError, match="full"):
        clean(BytesIO(photo()), Full(), media_type="image/jpeg", keeps_metadata=True)


def test_a_confined_process_can_open_nothing_and_holds_no_secret() -> None:
    tried = run_confined(
        """
        import os, socket
        for attempt in (
            lambda: open("/etc/hostname"),
            lambda: open("written", "w"),
            lambda: socket.socket(),
            lambda: os.pipe(),
            lambda: bytearray(8 * 1024**3),
        ):
            try:
                attempt()
                print("possible")
            except (OSError, MemoryError) as error:
                print(type(error).__name__)
        print(sorted(set(os.environ) - {"LC_CTYPE"}))
        """
    )
    assert tried == ["OSError"] * 4 + ["MemoryError", "[]"]


def test_decoders_open_nothing_and_start_nothing_on_the_way() -> None:
    files = [
        (media_type, content.hex())
        for media_type, content in (
            ("video/mp4", film()),
            ("video/mp4", film("mp4", "libx265", None)),
            ("video/mp4", film("mp4", "libsvtav1", None)),
            ("video/webm", film("webm", "libvpx", "libopus")),
            ("image/jpeg", photo(orientation=6)),
            ("image/png", photo("PNG", 6)),
            ("application/pdf", document(image=photo())),
        )
    ]
    results = run_confined(
        """
        import io, json, os, sys
        from sharing.files.content import cleaning
        try:
            os.fork()
        except OSError:
            print("alone")
        for media_type, content in json.load(sys.stdin):
            cleaned = io.BytesIO()
            cleaning.clean(io.BytesIO(bytes.fromhex(content)), cleaned, media_type=media_type, keeps_metadata=False)
            print(cleaning.still(cleaned, media_type=media_type)[:3].hex())
        """,
        json.dumps(files),
    )
    assert results == ["alone"] + ["ffd8ff"] * len(files)


def run_confined(code: str, given: str = "") -> list[str]:
    """Run code as a confined process runs, after it gave everything up, and not as root, whom no limit holds."""
    start = """
        import os
        from sharing.files.content import confined
        for media_type in ("video/mp4", "image/png", "application/pdf"):
            confined._load(media_type)
        if os.getuid() == 0:
            os.setuid(65534)
        confined._give_up_everything(seconds=30)
        """
    return subprocess.run(
        [sys.executable, "-E", "-s", "-B", "-c", textwrap.dedent(start) + textwrap.dedent(code)],
        cwd=ROOT,
        env={},
        input=given,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()


@pytest.mark.parametrize(
    "behaviour",
    [
        # Dies at once, dies in the middle, does not listen, asks too much at once, reads where no file goes on, writes
        # more than a cleaned file can have, ends in no known way, gives a refusal that is not its own to give.
        "import os; os.abort()",
        "import sys; sys.stdin.readline(); sys.stdout.buffer.write(b'r' + bytes(8)); sys.exit()",
        "import os, time; os.close(0); os.write(1, b'r' + bytes(8) + b'\\x00\\x00\\x07\\x00'); time.sleep(60)",
        "import sys; sys.stdout.buffer.write(b'r' + bytes(8) + b'\\xff' * 4); sys.stdout.flush(); sys.stdin.read()",
        "import sys; sys.stdout.buffer.write(b'r' + b'\\xff' * 8 + bytes(4)); sys.stdout.flush(); sys.stdin.read()",
        "import sys\nwhile True: sys.stdout.buffer.write(b'w' + bytes(8) + b'\\x00\\x10\\x00\\x00' + bytes(1 << 20))",
        "import sys; sys.stdout.buffer.write(b'e' + bytes(8) + b'\\x00\\x00\\x00\\x02ok'); sys.stdout.flush()",
        "import sys; sys.stdout.buffer.write(b'x' + bytes(8) + b'\\x00\\x00\\x00\\x0bvirus-found'); sys.stdout.flush()",
    ],
)
def test_a_decoder_that_breaks_or_is_taken_over_is_a_damaged_file(
    behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "_COMMAND", [sys.executable, "-c", behaviour])
    monkeypatch.setattr(confinement, "_ROOM", 4 * 1024 * 1024)
    with pytest.raises(FileDamaged):
        clean(BytesIO(photo()), Forgetful(), media_type="image/jpeg", keeps_metadata=False)


def test_one_that_writes_where_a_sealed_file_is_closed_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of another kind would have its upload checked again, and again."""
    block = "bytes(1) + bytes(7) + b'\\x00\\x00\\x80\\x00' + bytes(32768)"
    back = "bytes(6) + b'\\x50\\x00' + b'\\x00\\x00\\x00\\x01' + b'x'"
    code = f"import sys; sys.stdout.buffer.write(b'w' + {block} + b'w' + {back}); sys.stdout.flush(); sys.stdin.read()"
    monkeypatch.setattr(confinement, "_COMMAND", [sys.executable, "-c", code])
    writer = SealedWriter(Memory(), key=KEY, context=CONTEXT)
    with pytest.raises(FileDamaged):
        clean(BytesIO(photo()), cast(BinaryIO, writer), media_type="image/jpeg", keeps_metadata=False)
    writer.abandon()


class Forgetful(OnlyItsStartChanges):
    def write(self, data: Any) -> int:
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset


def test_every_refusal_has_a_code_a_title_and_an_advice() -> None:
    assert set(REFUSALS) == {"type-not-allowed", "damaged", "locked", "too-large", "virus-found"}
    for refusal in REFUSALS.values():
        assert refusal.status == 400
        assert str(refusal.title)
        assert str(refusal.advice)
