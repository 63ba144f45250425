"""Entry bundles: the data of 256 leaves, each behind a big-endian uint16 length (C2SP tlog-tiles).

A leaf's data is the 32-byte commitment of its entry and nothing else, so a bundle tells a stranger nothing.
"""

import struct
from collections.abc import Iterable, Iterator


def pack_bundle(leaves: Iterable[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def unpack_bundle(bundle: bytes) -> Iterator[bytes]:
    """Yield the data of each leaf. Raise ValueError if the bundle ends inside one."""
    at = 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2])
        leaf = bundle[at + 2 : at + 2 + length]
        if len(bundle) < at + 2 or len(leaf) < length:
            raise ValueError("the bundle is cut off")
        yield leaf
        at += 2 + length
