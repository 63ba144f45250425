"""Sealed messages in memory, for tests."""

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sharing.files.chunked import SealedReader, SealedWriter

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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

    def write(self, data: "ReadableBuffer", /) -> None:
        self.data += memoryview(data).cast("B")

    def overwrite(self, position: int, data: "ReadableBuffer", /) -> None:
        assert position < len(self.data)
        view = memoryview(data).cast("B")
        self.data[position : position + len(view)] = view

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
