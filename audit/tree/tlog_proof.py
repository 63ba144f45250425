"""Proof files that anyone's tools read (C2SP tlog-proof)."""

import base64
from collections.abc import Sequence

HEADER = "c2sp.org/tlog-proof@v1"


def write_tlog_proof(*, index: int, hashes: Sequence[bytes], checkpoint: str, extra: bytes = b"") -> str:
    """Write a proof that leaf `index` is in the tree of `checkpoint`; `hashes` go from leaf to root."""
    lines = [HEADER]
    if extra:
        lines.append(f"extra {base64.b64encode(extra).decode()}")
    lines.append(f"index {index}")
    lines += [base64.b64encode(one).decode() for one in hashes]
    return "\n".join(lines) + "\n\n" + checkpoint
