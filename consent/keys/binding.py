"""Associated data: what a sealed value belongs to, so that it opens nowhere else."""

from uuid import UUID

Part = str | bytes | int | UUID


def binding(level: str, *parts: Part) -> bytes:
    """Return `level` and `parts` in an encoding that no other list of parts has.

    Each part is a type letter, its length as four bytes big-endian, and its bytes (after NIST SP 800-185
    section 2.3: without lengths, "ab"+"c" and "a"+"bc" would bind the same).
    """
    encoded = b"deelwijs/v1"
    for part in (level, *parts):
        letter, content = _encode(part)
        encoded += letter + len(content).to_bytes(4) + content
    return encoded


def _encode(part: Part) -> tuple[bytes, bytes]:
    if isinstance(part, str):
        return b"s", part.encode()
    if isinstance(part, UUID):
        return b"u", part.bytes
    if isinstance(part, int):
        return b"i", part.to_bytes(8)
    return b"b", part
