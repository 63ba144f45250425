"""PNG without metadata, and with every pixel as it was: chunks are kept or dropped, never decoded.

What draws the picture is kept (W3C PNG third edition section 11), with its colours and, for a moving picture, its
frames. Of eXIf only the orientation stays. Text, times, unknown chunks and everything after the end are dropped.
"""

import struct
import zlib
from typing import BinaryIO

from sharing.files.content.errors import FileDamaged
from sharing.files.content.exif import minimal_exif, orientation_in
from sharing.files.content.reading import read_up_to

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OF_THE_PICTURE = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_BLOCK = 64 * 1024
_MOST_EXIF_BYTES = 1024 * 1024


def clean(reader: BinaryIO, writer: BinaryIO) -> None:
    """Write the picture without metadata. Raises `FileDamaged` where it is no row of chunks."""
    if reader.read(len(SIGNATURE)) != SIGNATURE:
        raise FileDamaged
    writer.write(SIGNATURE)
    oriented = False
    name = b""
    while name != b"IEND":
        length, name = struct.unpack(">I4s", _exactly(reader, 8))
        if length >= 1 << 31:
            raise FileDamaged
        if name == b"eXIf" and length <= _MOST_EXIF_BYTES:
            orientation = orientation_in(_exactly(reader, length))
            _exactly(reader, 4)
            if orientation != 1 and not oriented:
                oriented = True
                _write_chunk(writer, b"eXIf", minimal_exif(orientation))
        elif name in _OF_THE_PICTURE:
            writer.write(struct.pack(">I4s", length, name))
            _pass_on(reader, writer, length + 4)
        elif not name[0] & 0x20:
            # A critical chunk that we do not know: without it the picture is another one.
            raise FileDamaged
        else:
            _pass_on(reader, None, length + 4)


def _write_chunk(writer: BinaryIO, name: bytes, content: bytes) -> None:
    writer.write(struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content)))


def _pass_on(reader: BinaryIO, writer: BinaryIO | None, count: int) -> None:
    while count:
        block = _exactly(reader, min(count, _BLOCK))
        if writer is not None:
            writer.write(block)
        count -= len(block)


def _exactly(reader: BinaryIO, count: int) -> bytes:
    taken = read_up_to(reader, count)
    if len(taken) < count:
        raise FileDamaged
    return taken
