"""The process that decodes what citizens send: it asks for bytes and gives bytes, and can do nothing else.

Run by `confinement.py`, with its questions on standard output and the answers on standard input.
"""

import io
import json
import resource
import struct
import sys
from importlib import import_module
from typing import IO, Any, BinaryIO, cast

from PIL import Image

from sharing.files.content import cleaning
from sharing.files.content.decoding import MIB
from sharing.files.content.errors import FileRefused
from sharing.files.content.media_type import VIDEOS

# What this process says: what it wants, where, and how many bytes; those of a WRITE and an END follow.
SAID = struct.Struct(">cQI")
READ, WRITE, END = b"r", b"w", b"e"
MOST_BYTES_SAID = 1024 * 1024
# A frame of 8K film and those it is made from, or the largest photo, and the libraries themselves.
_MOST_MEMORY = 3 * 1024 * MIB
# For a picture, and besides for as many bytes of film as the slowest machine copies in a second.
_SECONDS = 120
_BYTES_A_SECOND = 8 * MIB
_BLOCK = 256 * 1024


def main() -> None:
    questions, answers = sys.stdout.buffer, sys.stdin.buffer
    task: dict[str, Any] = json.loads(answers.readline())
    size: int = task["size"]
    _load(task["media_type"])
    _give_up_everything(seconds=_SECONDS + size // _BYTES_A_SECOND)
    reader = cast(BinaryIO, io.BufferedReader(_Asked(questions, answers, size), _BLOCK))
    writer = cast(BinaryIO, _Said(questions))
    try:
        if task["task"] == "still":
            outcome = {"picture": cleaning.still(reader, media_type=task["media_type"]).hex()}
        else:
            result = cleaning.clean(
                reader, writer, media_type=task["media_type"], keeps_metadata=task["keeps_metadata"]
            )
            outcome = {"media_type": result}
    except FileRefused as refusal:
        outcome = {"refused": refusal.code}
    said = json.dumps(outcome).encode()
    questions.write(SAID.pack(END, 0, len(said)) + said)
    questions.flush()


def _load(media_type: str) -> None:
    """Import now what the decoders of `media_type` would import on the way, when nothing can be opened any more."""
    cleaning.decoders_of(media_type)
    Image.preinit()
    import_module("PIL.TiffImagePlugin")
    if media_type in VIDEOS:
        import_module("av.subtitles.stream")


def _give_up_everything(*, seconds: int) -> None:
    """Let go of the right to open a file or a connection, to start a process, and to more than this much memory."""
    for limit, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


class _Asked(io.RawIOBase):
    """The file, of which each block is asked for."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes], size: int) -> None:
        self._questions = questions
        self._answers = answers
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("before the start of the file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = max(0, min(len(buffer), MOST_BYTES_SAID, self._size - self._at))
        if not count:
            return 0
        self._questions.write(SAID.pack(READ, self._at, count))
        self._questions.flush()
        block = self._answers.read(int.from_bytes(self._answers.read(4)))
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)


class _Said(io.RawIOBase):
    """The cleaned file, of which each block is passed on."""

    def __init__(self, questions: IO[bytes]) -> None:
        self._questions = questions
        self._at = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only to a place from the start")
        self._at = offset
        return offset

    def write(self, data: Any) -> int:
        block = memoryview(data).cast("B")
        for start in range(0, len(block), MOST_BYTES_SAID):
            part = block[start : start + MOST_BYTES_SAID]
            self._questions.write(SAID.pack(WRITE, self._at, len(part)))
            self._questions.write(part)
            self._at += len(part)
        return len(block)


if __name__ == "__main__":
    main()
