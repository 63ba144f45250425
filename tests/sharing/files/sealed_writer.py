"""A file that can be written as a sealed one can: on, and back only to where it can still be changed."""

import io
from typing import Any

CHANGEABLE = 16 * 1024


class OnlyItsStartChanges(io.BytesIO):
    """Keeps what is written, and refuses to go back to anything but its first 16 KiB, or past its end."""

    @property
    def content(self) -> bytes:
        return self.getvalue()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        assert whence == io.SEEK_SET
        assert offset < CHANGEABLE or offset == len(self.content), f"a sealed file cannot go back to {offset}"
        assert offset <= len(self.content)
        return super().seek(offset)

    def write(self, data: Any) -> int:
        start, size = self.tell(), len(data)
        assert start == len(self.content) or start + size <= CHANGEABLE, f"a sealed file cannot change {start}"
        return super().write(data)
