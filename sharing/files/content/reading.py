"""Reading from any binary reader: a raw one may give fewer bytes than asked."""

from typing import BinaryIO


def read_up_to(reader: BinaryIO, count: int) -> bytes:
    """Return the next `count` bytes, or fewer only where the file ends."""
    blocks = []
    while count and (block := reader.read(count)):
        blocks.append(block)
        count -= len(block)
    return b"".join(blocks)


def size_of(reader: BinaryIO) -> int:
    """Return the bytes of a file, and leave it at its start."""
    size = reader.seek(0, 2)
    reader.seek(0)
    return size
