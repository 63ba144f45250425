"""Decoders in a process of their own, which has nothing to lose: no keys, no files, no network, little memory.

A file that breaks a decoder breaks that process. It is a fresh interpreter, not a copy of this one, so the keys that
this process holds are not in its memory; it may open nothing; and it sees the file only by asking for bytes of it.
Here those questions are answered and what it writes is passed on, so neither side holds more than a block.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, BinaryIO

import structlog

from sharing.files.content.confined import MOST_BYTES_SAID, READ, SAID, WRITE
from sharing.files.content.errors import REFUSALS, FileDamaged
from sharing.files.content.reading import read_up_to, size_of

logger = structlog.get_logger(__name__)

_ROOT = Path(__file__).resolve().parents[3]
# A container may grow a little where the file's own was more frugal; anything more is not a cleaned file.
_ROOM = 64 * 1024 * 1024


def clean(reader: BinaryIO, writer: BinaryIO, *, media_type: str, keeps_metadata: bool) -> str:
    """Write the file without place, camera and time, every picture and sound as it was.

    Returns the media type of what was written: `video/mp4` for `video/quicktime`, else the same. With `keeps_metadata`
    the bytes are copied as they are, once it is sure that they decode. `reader` is seekable; `writer` seeks back within
    its first 16 KiB only, and what was written to it is worthless when this raises `FileRefused`.
    """
    task = {"task": "clean", "media_type": media_type, "keeps_metadata": keeps_metadata}
    return str(_confined(task, reader, writer)["media_type"])


def still(reader: BinaryIO, *, media_type: str) -> bytes:
    """Return a JPEG of at most 640 pixels on its long side, turned as it must be shown, without metadata."""
    return bytes.fromhex(_confined({"task": "still", "media_type": media_type}, reader, None)["picture"])


def _confined(task: dict[str, Any], reader: BinaryIO, writer: BinaryIO | None) -> dict[str, Any]:
    size = size_of(reader)
    with subprocess.Popen(
        [sys.executable, "-E", "-s", "-B", "-m", "sharing.files.content.confined"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env={},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _answer(process.stdin, json.dumps({**task, "size": size}).encode() + b"\n")
            outcome = _serve(process.stdin, process.stdout, reader, writer, most=size + _ROOM)
        finally:
            process.kill()
    if outcome is None:
        # Not by name or content: only how it ended, such as by which signal.
        logger.warning("a confined decoder ended without an answer", ended_by=process.returncode, **task)
        raise FileDamaged
    if refused := outcome.get("refused"):
        raise REFUSALS[refused]
    return outcome


def _serve(
    answers: IO[bytes], questions: IO[bytes], reader: BinaryIO, writer: BinaryIO | None, *, most: int
) -> dict[str, Any] | None:
    """Do what the confined process asks until it ends. Returns None for one that broke, or asks what it may not."""
    at = written = 0
    while len(said := questions.read(SAID.size)) == SAID.size:
        what, position, count = SAID.unpack(said)
        if count > MOST_BYTES_SAID:
            return None
        if what == READ:
            reader.seek(position)
            block = read_up_to(reader, count)
            if not _answer(answers, len(block).to_bytes(4) + block):
                return None
            continue
        block = questions.read(count)
        if len(block) < count:
            return None
        if what != WRITE:
            outcome: dict[str, Any] = json.loads(block)
            return outcome
        written += count
        if writer is None or written > most:
            return None
        if position != at:
            writer.seek(position)
        writer.write(block)
        at = position + count
    return None


def _answer(answers: IO[bytes], block: bytes) -> bool:
    """Return whether the confined process was still there to hear it."""
    try:
        answers.write(block)
        answers.flush()
    except BrokenPipeError:
        return False
    return True
