"""What a file is, told by its first and last bytes, never by its name or by what its sender says.

Only files that begin as their type must are taken, and none that another program would open as something else.
Whether the rest is sound is for the decoders to say (`cleaning.py`).
"""

from typing import BinaryIO

from sharing.files.content.errors import FileDamaged, TypeNotAllowed
from sharing.files.content.reading import read_up_to, size_of

MP4 = "video/mp4"
QUICKTIME = "video/quicktime"
WEBM = "video/webm"
JPEG = "image/jpeg"
PNG = "image/png"
PDF = "application/pdf"
VIDEOS = frozenset({MP4, QUICKTIME, WEBM})
ACCEPTED = VIDEOS | {JPEG, PNG, PDF}

# Readers of PDF look this far for its header, and browsers for markup, so a file may be two things at once.
_HEAD = 2048
_PDF_WITHIN = 1024
_MARKUP = (b"<!doctype", b"<html", b"<script", b"<svg", b"<iframe")
# A ZIP is read from its end: 22 bytes and a comment of at most 65,535.
_ZIP_END = b"PK\x05\x06"
_ZIP_END_BYTES = 22
_TAIL = _ZIP_END_BYTES + 0xFFFF

# ISO/IEC 14496-12 section 4.3: brands of video that the MP4 reader takes. Not those of HEIF and AVIF pictures, of
# audio (M4A) or of 3GPP, which have media types of their own.
_MP4_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 avc1 hvc1 dash M4VH M4VP MSNV XAVC".split()
) | {b"M4V ", b"f4v "}


def detect(reader: BinaryIO) -> str:
    """Return the media type of a file by its content.

    `reader` is seekable and is left at its start. Raises `TypeNotAllowed` for what is not accepted, and for what is
    two things at once; `FileDamaged` for an empty file.
    """
    size = size_of(reader)
    head = read_up_to(reader, _HEAD)
    reader.seek(max(0, size - _TAIL))
    tail = read_up_to(reader, _TAIL)
    reader.seek(0)
    if not head:
        raise FileDamaged
    found = _by_head(head)
    if found is None or _is_something_else_too(found, head, tail):
        raise TypeNotAllowed
    return found


def _by_head(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"):
        return PNG
    if head.startswith(b"%PDF-"):
        return PDF
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if _document_type(head) == b"webm" else None
    return None


def _by_brand(head: bytes) -> str | None:
    major = head[8:12]
    if major == b"qt  ":
        return QUICKTIME
    return MP4 if major in _MP4_BRANDS else None


def _document_type(head: bytes) -> bytes:
    """Return the DocType in the EBML header (RFC 8794 section 11.2.4), or nothing."""
    length, at = _ebml_number(head, 4)
    end = min(len(head), at + length)
    while at < end:
        # Ids in this header are of one or two bytes.
        width = 1 if head[at] >= 0x80 else 2
        name = head[at : at + width]
        length, at = _ebml_number(head, at + width)
        if name == b"\x42\x82":
            return head[at : at + length].rstrip(b"\0")
        at += length
    return b""


def _ebml_number(head: bytes, at: int) -> tuple[int, int]:
    """Return the number that stands at `at` and where it ends (RFC 8794 section 4)."""
    first = head[at] if at < len(head) else 0
    width = 9 - first.bit_length()
    if not first or at + width > len(head):
        return 0, len(head)
    return int.from_bytes(head[at : at + width]) & ((1 << (7 * width)) - 1), at + width


def _is_something_else_too(found: str, head: bytes, tail: bytes) -> bool:
    if found != PDF and b"%PDF-" in head[:_PDF_WITHIN]:
        return True
    if any(mark in head.lower() for mark in _MARKUP):
        return True
    at = tail.rfind(_ZIP_END)
    while at >= 0:
        # By chance these four bytes stand somewhere, but not where the comment ends with the file.
        comment = int.from_bytes(tail[at + 20 : at + _ZIP_END_BYTES], "little")
        if at + _ZIP_END_BYTES + comment == len(tail):
            return True
        at = tail.rfind(_ZIP_END, 0, at)
    return False
