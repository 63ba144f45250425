"""H.264 and H.265 without the data that cameras put beside the picture.

A packet is a row of units, each after its length (ISO/IEC 14496-15). Supplemental enhancement information (SEI, Rec.
ITU-T H.264 annex D, H.265 annex D) holds what a decoder needs, such as where it can start and how to show high dynamic
range, and also what any maker registers (payload 4) or does not (payload 5): there stand place, time and serial number.
Those two are dropped; so are filler and the unit types that the standards leave to others.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_REGISTERED, _UNREGISTERED = 4, 5


@dataclass(frozen=True, slots=True)
class Units:
    """How one codec writes its units: where the type stands in the header, and which types are what."""

    header_bytes: int
    shift: int
    mask: int
    sei: frozenset[int]
    dropped: frozenset[int]

    def type_of(self, unit: bytes) -> int:
        return (unit[0] >> self.shift) & self.mask


H264 = Units(1, 0, 0x1F, sei=frozenset({6}), dropped=frozenset({12, *range(24, 32)}))
# 62 and 63 are Dolby Vision's, without which its picture has other colours.
H265 = Units(2, 1, 0x3F, sei=frozenset({39, 40}), dropped=frozenset({38, *range(41, 48), *range(48, 62)}))


def clean_packet(packet: bytes, units: Units, length_bytes: int) -> bytes:
    """Return a packet without its user data. A unit that runs past the end is cut off there, as decoders do."""
    kept = []
    at = 0
    while at + length_bytes <= len(packet):
        length = int.from_bytes(packet[at : at + length_bytes])
        unit = packet[at + length_bytes : at + length_bytes + length]
        at += length_bytes + length
        if unit := _clean_unit(unit, units):
            kept += [len(unit).to_bytes(length_bytes), unit]
    return b"".join(kept)


def clean_configuration(configuration: bytes, units: Units) -> bytes:
    """Return the decoder configuration record (ISO/IEC 14496-15 sections 5.3.3.1 and 8.3.3.1) without user data.

    That of H.264 has no room for any before its extensions, so only that of H.265 is rewritten.
    """
    if units is not H265:
        return configuration
    kept = []
    for head, rows in _arrays(configuration):
        cleaned = [cleaned for row in rows if (cleaned := _clean_unit(row, units))]
        if cleaned:
            body = b"".join(len(row).to_bytes(2) + row for row in cleaned)
            kept.append(head + len(cleaned).to_bytes(2) + body)
    return configuration[:22] + bytes([len(kept)]) + b"".join(kept)


def length_bytes_of(configuration: bytes, units: Units) -> int:
    """Return how many bytes the length before each unit has; 0 when this is no such record."""
    at = 21 if units is H265 else 4
    return (configuration[at] & 3) + 1 if len(configuration) > at and configuration[0] == 1 else 0


def _arrays(configuration: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    at = 23
    for _ in range(configuration[22] if len(configuration) > 22 else 0):
        head, count = configuration[at : at + 1], int.from_bytes(configuration[at + 1 : at + 3])
        at += 3
        rows = []
        for _ in range(count):
            length = int.from_bytes(configuration[at : at + 2])
            rows.append(configuration[at + 2 : at + 2 + length])
            at += 2 + length
        yield head, rows


def _clean_unit(unit: bytes, units: Units) -> bytes:
    if len(unit) <= units.header_bytes or units.type_of(unit) in units.dropped:
        return b""
    if units.type_of(unit) not in units.sei:
        return unit
    header, body = unit[: units.header_bytes], _unescaped(unit[units.header_bytes :])
    kept = b"".join(message for kind, message in _messages(body) if kind not in (_REGISTERED, _UNREGISTERED))
    return header + _escaped(kept + b"\x80") if kept else b""


def _messages(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the payload type of each message and the message whole; one that runs past the end is left out."""
    at = 0
    while at < len(body) and body[at:] != b"\x80":
        start = at
        kind, at = _counted(body, at)
        size, at = _counted(body, at)
        at += size
        if at > len(body):
            return
        yield kind, body[start:at]


def _counted(body: bytes, at: int) -> tuple[int, int]:
    """Read a number that is written as its sum: 255 for each byte ff, and the byte after them."""
    total = 0
    while at < len(body) and body[at] == 0xFF:
        total += 0xFF
        at += 1
    return total + (body[at] if at < len(body) else 0), at + 1


def _unescaped(unit: bytes) -> bytes:
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")


def _escaped(body: bytes) -> bytes:
    """Put a 3 where a reader would see a start code (H.264 section 7.4.1)."""
    out = bytearray()
    zeros = 0
    for byte in body:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = 0 if byte else zeros + 1
    return bytes(out)
