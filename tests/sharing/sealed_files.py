"""Sealed messages in memory, for tests."""

import io
from dataclasses import dataclass, field

from sharing.files.chunked import SealedReader, SealedWriter

KEY = bytes(range(32))
CONTEXT = b"a file of the tests"


@dataclass
class Memory:
    """A sink and a source of sealed bytes that stay in memory, counting how much was read."""

    data: bytearray = field(default_factory=bytearray)
    bytes_read: int = 0

    @property
    def size(self) -> int:
        return len(self.data)

    def write(self, data: object, /) -> None:
        self.data += data  # type: ignore[operator] # any buffer will do

    def overwrite(self, position: int, data: bytes, /) -> None:
        assert position + len(data) <= len(self.data)
        self.data[position : position + len(data)] = data

    def read_at(self, position: int, length: int, /) -> bytes:
        self.bytes_read += length
        return bytes(self.data[position : position + length])

    def close(self) -> None: ...


def seal(plain: bytes, *, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    memory = Memory()
    with SealedWriter(memory, key=key, context=context) as writer:
        writer.write(plain)
    return bytes(memory.data)


def reader(sealed: bytes, *, key: bytes = KEY, context: bytes = CONTEXT) -> SealedReader:
    return SealedReader(Memory(bytearray(sealed)), key=key, context=context)


def open_whole(sealed: bytes, *, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return io.BufferedReader(reader(sealed, key=key, context=context)).read()
