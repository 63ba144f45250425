"""A file whose end is kept in memory until it is whole.

A film is written on and on, and at the end its index, of some 20 bytes a packet, in which the MP4 writer goes back to
fill in the sizes. A sealed file cannot go back, but to its first 16 KiB.
"""

import io
from typing import Any, BinaryIO


class HeldTail(io.RawIOBase):
    """Writes on to `writer`; after `hold` it keeps what is added, until `release`. What changes before it goes on."""

    def __init__(self, writer: BinaryIO) -> None:
        self._writer = writer
        self._at = self._end = 0
        self._held: io.BytesIO | None = None
        self._held_from = 0

    def hold(self) -> None:
        self._held = io.BytesIO()
        self._held_from = self._end

    def release(self) -> None:
        assert self._held is not None
        self._pass_on(self._held_from, self._held.getbuffer())
        self._held = None

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
        if self._held is not None and self._at >= self._held_from:
            self._held.seek(self._at - self._held_from)
            self._held.write(data)
        else:
            self._pass_on(self._at, data)
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def _pass_on(self, at: int, data: Any) -> None:
        if self._writer.tell() != at:
            self._writer.seek(at)
        self._writer.write(data)
