"""Vorbis without its comments: names, places and programs in a header that a decoder reads over."""

from sharing.files.content.errors import FileDamaged

# Vorbis I section 5.2.1: no vendor, no comments, the framing bit.
_NO_COMMENTS = b"\x03vorbis" + bytes(8) + b"\x01"


def clean_configuration(configuration: bytes) -> bytes:
    """Return the three headers, laced as Xiph does (Matroska codec mappings, A_VORBIS), with an empty second one."""
    if configuration[:1] != b"\x02":
        raise FileDamaged
    first, at = _laced(configuration, 1)
    second, at = _laced(configuration, at)
    identification, setup = configuration[at : at + first], configuration[at + first + second :]
    return b"\x02" + _lacing(first) + _lacing(len(_NO_COMMENTS)) + identification + _NO_COMMENTS + setup


def _laced(configuration: bytes, at: int) -> tuple[int, int]:
    size = 0
    while at < len(configuration) and configuration[at] == 0xFF:
        size += 0xFF
        at += 1
    if at >= len(configuration):
        raise FileDamaged
    return size + configuration[at], at + 1


def _lacing(size: int) -> bytes:
    return b"\xff" * (size // 0xFF) + bytes([size % 0xFF])
