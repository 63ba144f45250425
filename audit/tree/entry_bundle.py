"""Entry bundles: the data of 256 leaves, each behind a big-endian uint16 length (C2SP tlog-tiles).

A leaf's data is the 32-byte commitment of its entry and nothing else, so a bundle tells a stranger nothing.
"""

import struct
from collections.abc import Iterable


def pack_bundle(leaves: Iterable[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)
