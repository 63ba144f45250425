"""JPEG without metadata, and with every pixel as it was: segments are kept or dropped, never decoded.

A file is a row of segments (Rec. ITU-T T.81 annex B). What draws the picture is kept, with its colour profile, and of
Exif only the orientation, in an Exif of its own. Everything after the end of the picture is dropped: there, cameras put
previews, depth maps and films.
"""

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from sharing.files.content.errors import FileDamaged
from sharing.files.content.exif import minimal_exif, orientation_in

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_EXIF = b"Exif\x00\x00"
# Frames but for the hierarchical kinds, which nobody draws; DHT, DAC, DQT, DNL, DRI.
_OF_THE_PICTURE = frozenset(
    {0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB, 0xC4, 0xCC, 0xDB, 0xDC, 0xDD},
)
_BLOCK = 64 * 1024
# An encoder makes some ten scans; thousands are a trap for who decodes them all.
_MOST_SCANS = 200


def clean(reader: BinaryIO, writer: BinaryIO, *, keeps_orientation: bool = True) -> None:
    """Write the picture without metadata. Raises `FileDamaged` where it is no row of segments."""
    source = _Source(reader)
    if source.take(2) != bytes([0xFF, _START]):
        raise FileDamaged
    writer.write(bytes([0xFF, _START]))
    oriented = not keeps_orientation
    scans = 0
    while (marker := source.marker()) != _END:
        length = int.from_bytes(source.take(2))
        if length < 2:
            raise FileDamaged
        payload = source.take(length - 2)
        if marker == _APP1 and payload.startswith(_EXIF) and not oriented:
            orientation = orientation_in(payload[len(_EXIF) :])
            if orientation != 1:
                oriented = True
                _write_segment(writer, _APP1, _EXIF + minimal_exif(orientation))
        elif (kept := _kept(marker, payload)) is not None:
            _write_segment(writer, marker, kept)
        if marker == _SCAN:
            scans += 1
            if scans > _MOST_SCANS:
                raise FileDamaged
            for coded in source.coded():
                writer.write(coded)
    if not scans:
        raise FileDamaged
    writer.write(bytes([0xFF, _END]))


def without_metadata(picture: bytes) -> bytes:
    """Return a picture that is part of something else, such as a page or a film, which says how it is turned."""
    cleaned = BytesIO()
    clean(BytesIO(picture), cleaned, keeps_orientation=False)
    return cleaned.getvalue()


def _kept(marker: int, payload: bytes) -> bytes | None:
    """Return what stays of a segment; None if nothing does."""
    if marker in _OF_THE_PICTURE or marker == _SCAN:
        return payload
    if marker == _APP0 and payload.startswith(b"JFIF\x00") and len(payload) >= 14:
        # Its last two numbers are the size of a thumbnail, which may show what was cut off.
        return payload[:12] + b"\x00\x00"
    if marker == _APP0 and payload.startswith(b"AVI1"):
        # A frame of a film: which half of the lines it is.
        return payload
    if marker == _APP2 and payload.startswith(b"ICC_PROFILE\x00"):
        return payload
    if marker == _APP14 and payload.startswith(b"Adobe"):
        # Which colour space the numbers are in.
        return payload[:12]
    return None


def _write_segment(writer: BinaryIO, marker: int, payload: bytes) -> None:
    writer.write(struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload)


class _Source:
    """The bytes of a reader, in blocks."""

    def __init__(self, reader: BinaryIO) -> None:
        self._reader = reader
        self._block = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        while len(self._block) - self._at < count:
            more = self._reader.read(_BLOCK)
            if not more:
                raise FileDamaged
            self._block = self._block[self._at :] + more
            self._at = 0
        self._at += count
        return self._block[self._at - count : self._at]

    def marker(self) -> int:
        """Return the next marker; any number of ff may stand before it (section B.1.1.2)."""
        if self.take(1) != b"\xff":
            raise FileDamaged
        while (marker := self.take(1)[0]) == 0xFF:
            pass
        # Zero is no marker, and those that stand alone stand only in a scan.
        if marker == 0 or marker == 1 or 0xD0 <= marker <= _START:
            raise FileDamaged
        return marker

    def coded(self) -> Iterator[bytes]:
        """Yield what is coded, up to the marker that ends it: not ff 00, which is data, nor a restart."""
        while True:
            at = self._block.find(b"\xff", self._at)
            if at < 0:
                yield self._block[self._at :]
                self._block, self._at = self._reader.read(_BLOCK), 0
                if not self._block:
                    raise FileDamaged
                continue
            yield self._block[self._at : at]
            self._at = at
            two = self.take(2)
            if two[1] == 0 or 0xD0 <= two[1] <= 0xD7:
                yield two
            elif two[1] == 0xFF:
                # A filling byte: the second may begin the marker.
                self._at -= 1
            else:
                self._at -= 2
                return
