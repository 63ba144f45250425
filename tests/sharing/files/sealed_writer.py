"""A file that can be written as a sealed one can: on, and back only to where it can still be changed."""

import io
from typing import Any

CHANGEABLE = 16 * 1024


class OnlyItsStartChanges(io.RawIOBase):
    """Keeps what is written, and refuses to go back to anything but its first 16 KiB, or past its end."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._at = 0

    @property
    def content(self) -> bytes:
        return bytes(self._content)

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        assert whence == io.SEEK_SET
        assert offset < CHANGEABLE or offset == len(self._content), f"a sealed file cannot go back to {offset}"
        assert offset <= len(self._content)
        self._at = offset
        return offset

    def write(self, data: Any) -> int:
        end = self._at + len(data)
        assert self._at == len(self._content) or end <= CHANGEABLE, f"a sealed file cannot change {self._at} to {end}"
        self._content[self._at : end] = data
        self._at = end
        return len(data)
