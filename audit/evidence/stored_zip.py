"""ZIP files with exactly one spelling: the same files in the same order are the same bytes (APPNOTE 6.3.10 §4.3).

Nothing is compressed, no date or owner stands in it, and nothing lies between or around the files. So who has checked
the files can build the whole again, and a byte that was changed anywhere is noticed, also where no file is.
"""

import struct
import zlib
from typing import Protocol

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION = 20
_NAMES_ARE_UTF8 = 0x0800
_MIDNIGHT, _FIRST_OF_JANUARY_1980 = 0, 33
MOST_FILES = 0xFFFF
LARGEST = 0xFFFFFFFF


class Sink(Protocol):
    def write(self, content: bytes, /) -> object: ...


class StoredZip:
    """Writes file after file to a sink that only goes on; `end` closes it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._position = 0
        self._central: list[bytes] = []

    def add(self, name: str, content: bytes) -> None:
        """Add a whole file. Raise ValueError where the format has no room for it."""
        encoded = name.encode()
        facts = (zlib.crc32(content), len(content), len(content), len(encoded), 0)
        common = (_VERSION, _NAMES_ARE_UTF8, 0, _MIDNIGHT, _FIRST_OF_JANUARY_1980, *facts)
        header = _LOCAL.pack(b"PK\x03\x04", *common) + encoded
        if len(self._central) >= MOST_FILES or self._position + len(header) + len(content) > LARGEST:
            raise ValueError("a ZIP file without extensions has no room for so much")
        self._central.append(_CENTRAL.pack(b"PK\x01\x02", _VERSION, *common, 0, 0, 0, 0, self._position) + encoded)
        self._sink.write(header)
        self._sink.write(content)
        self._position += len(header) + len(content)

    def end(self) -> None:
        central = b"".join(self._central)
        count = len(self._central)
        self._sink.write(central)
        self._sink.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, len(central), self._position, 0))
