"""Decoders in a process of their own, which has nothing to lose: no keys, no files, no network, little memory.

A file that breaks a decoder breaks that process. It is a fresh interpreter, not a copy of this one, so the keys that
this process holds are not in its memory; it may open nothing; and it sees the file only by asking for bytes of it.
Here those questions are answered and what it writes is passed on, so neither side holds more than a block.
"""

import json
import subprocess
import sys
from contextlib import suppress
from io import UnsupportedOperation
from pathlib import Path
from typing import IO, Any, BinaryIO

import structlog

from sharing.files.content.confined import DONE, MOST_BYTES_SAID, READ, REFUSED, SAID, WRITE
from sharing.files.content.decoding import BLOCK
from sharing.files.content.errors import FileDamaged, FileLocked, FileRefused, FileTooLarge, TypeNotAllowed
from sharing.files.content.media_type import once_cleaned
from sharing.files.content.reading import read_up_to, size_of

logger = structlog.get_logger(__name__)

_REFUSALS: dict[bytes, type[FileRefused]] = {
    refusal.code.encode(): refusal for refusal in (TypeNotAllowed, FileDamaged, FileLocked, FileTooLarge)
}
_COMMAND = [sys.executable, "-E", "-s", "-B", "-m", "sharing.files.content.confined"]
_ROOT = Path(__file__).resolve().parents[3]
# A container may grow a little where the file's own was more frugal; anything more is not a cleaned file.
_ROOM = 64 * 1024 * 1024


def clean(reader: BinaryIO, writer: BinaryIO, *, media_type: str, keeps_metadata: bool) -> str:
    """Write the file without place, camera and time, every picture and sound as it was.

    Returns the media type of what was written: `video/mp4` for `video/quicktime`, else the same. With `keeps_metadata`
    the bytes are copied as they are, once it is sure that they decode. `reader` is seekable; `writer` seeks back within
    its first 16 KiB only, and what was written to it is worthless when this raises `FileRefused`.
    """
    _confined({"task": "clean", "media_type": media_type, "keeps_metadata": keeps_metadata}, reader, writer)
    return media_type if keeps_metadata else once_cleaned(media_type)


def still(reader: BinaryIO, *, media_type: str) -> bytes:
    """Return a JPEG of at most 640 pixels on its long side, turned as it must be shown, without metadata."""
    return _confined({"task": "still", "media_type": media_type}, reader, None)


def _confined(task: dict[str, Any], reader: BinaryIO, writer: BinaryIO | None) -> bytes:
    size = size_of(reader)
    with subprocess.Popen(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pipesize=BLOCK,
        cwd=_ROOT,
        env={},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _answer(process.stdin, json.dumps({**task, "size": size}).encode() + b"\n")
            how, outcome = _serve(process.stdin, process.stdout, reader, writer, most=size + _ROOM)
        finally:
            process.kill()
            # What it did not read any more is of no use.
            with suppress(BrokenPipeError):
                process.stdin.close()
    if how == DONE:
        return outcome
    if how == REFUSED and outcome in _REFUSALS:
        raise _REFUSALS[outcome]
    # Not by name or content: only how it ended, such as by which signal.
    logger.warning("a confined decoder broke", ended_by=process.returncode, **task)
    raise FileDamaged


def _serve(
    answers: IO[bytes], questions: IO[bytes], reader: BinaryIO, writer: BinaryIO | None, *, most: int
) -> tuple[bytes, bytes]:
    """Do what the confined process asks until it ends, and return how it ended and with what.

    Nothing that it says is believed. One that broke, or that asks what it may not, ended as nothing.
    """
    broken = (b"", b"")
    at = written = 0
    while len(said := questions.read(SAID.size)) == SAID.size:
        what, position, count = SAID.unpack(said)
        # Beyond these nothing can be read or written; the numbers are its own, and some are too large to seek to.
        if count > MOST_BYTES_SAID or position > most:
            return broken
        if what == READ:
            reader.seek(position)
            block = read_up_to(reader, count)
            if not _answer(answers, len(block).to_bytes(4) + block):
                return broken
            continue
        block = questions.read(count)
        if len(block) < count:
            return broken
        if what != WRITE:
            return what, block
        written += count
        if writer is None or written > most:
            return broken
        try:
            if position != at:
                writer.seek(position)
            writer.write(block)
        except UnsupportedOperation:
            # A file so made that its index ends up where a sealed file cannot be changed any more.
            return broken
        at = position + count
    return broken


def _answer(answers: IO[bytes], block: bytes) -> bool:
    """Return whether the confined process was still there to hear it."""
    try:
        answers.write(block)
        answers.flush()
    except BrokenPipeError:
        return False
    return True
