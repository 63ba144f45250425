"""JPEG 2000, as documents hold it, without metadata: only the boxes that draw the picture (ISO/IEC 15444-1 annex I)."""

from sharing.files.content.errors import FileDamaged

_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_OF_THE_PICTURE = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})


def without_metadata(picture: bytes) -> bytes:
    """Return the picture without XML, UUID and other boxes; one that has no boxes, but is bare, stays as it is."""
    if not picture.startswith(_SIGNATURE):
        return picture
    kept = []
    at = 0
    while at + 8 <= len(picture):
        length, name = int.from_bytes(picture[at : at + 4]), picture[at + 4 : at + 8]
        if length == 1:
            length = int.from_bytes(picture[at + 8 : at + 16])
        end = at + length if length else len(picture)
        if end < at + 8:
            raise FileDamaged
        if name in _OF_THE_PICTURE:
            kept.append(picture[at:end])
        at = end
    return b"".join(kept)
