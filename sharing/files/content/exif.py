"""The one thing in Exif that belongs to the picture: which way up it is (Exif 2.32 section 4.6.4, tag 0112)."""

import struct

_ORIENTATION = 0x0112
_SHORT = 3


def orientation_in(exif: bytes) -> int:
    """Return 1 to 8, and 1, upright, where Exif (a TIFF file) does not say so in the way that it must."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return 1
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    if at + 2 > len(exif):
        return 1
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind, _values, value = struct.unpack_from(f"{order}HHIH", exif, entry)
        if tag == _ORIENTATION:
            return value if kind == _SHORT and 1 <= value <= 8 else 1
    return 1


def minimal_exif(orientation: int) -> bytes:
    """Return Exif that says the orientation and nothing else."""
    return b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, _SHORT, 1, orientation, 0, 0)
