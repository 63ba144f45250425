"""AV1 without the data that cameras put beside the picture.

A packet is a row of open bitstream units (AV1 specification section 5.3). Of the metadata units those about light stay,
because they say how the picture is shown; those of makers (ITU-T T.35), time codes and private ones are dropped, and so
are padding and unit types that mean nothing yet.
"""

from sharing.files.content.errors import FileDamaged

_METADATA = 5
_OF_NO_PICTURE = frozenset(range(9, 16))
# Section 6.7.1: content light level, mastering display colours, scalability.
_METADATA_KEPT = frozenset({1, 2, 3})
_CONFIGURATION_HEAD = 4


def clean_packet(packet: bytes) -> bytes:
    """Return a packet without its user data."""
    kept = []
    at = 0
    while at < len(packet):
        kind = packet[at] >> 3 & 0x0F
        content = at + (2 if packet[at] & 0x04 else 1)
        end = len(packet)
        if packet[at] & 0x02:
            size, content = _number(packet, content)
            end = min(end, content + size)
        is_metadata = kind == _METADATA and _number(packet, content)[0] not in _METADATA_KEPT
        if not is_metadata and kind not in _OF_NO_PICTURE:
            kept.append(packet[at:end])
        at = end
    return b"".join(kept)


def clean_configuration(configuration: bytes) -> bytes:
    """Return a configuration record (AV1 in ISOBMFF section 2.3.3) without user data."""
    return configuration[:_CONFIGURATION_HEAD] + clean_packet(configuration[_CONFIGURATION_HEAD:])


def _number(packet: bytes, at: int) -> tuple[int, int]:
    """Read a leb128 number (section 4.10.5) and return it with where it ends."""
    value = 0
    for place in range(8):
        if at + place >= len(packet):
            break
        value |= (packet[at + place] & 0x7F) << (7 * place)
        if not packet[at + place] & 0x80:
            return value, at + place + 1
    raise FileDamaged
