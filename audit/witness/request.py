"""The request `add-checkpoint`, with which a log asks a witness to cosign (C2SP tlog-witness)."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from audit.tree.merkle import HASH_BYTES

MOST_PROOF_LINES = 63
# 63 lines of proof, and a checkpoint with sixteen signatures of 3.3 kB each.
LARGEST_BODY = 64 * 1024
LARGEST_SIZE = 2**63 - 1
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")


class RequestError(ValueError):
    """The body is no request of this protocol; the text says why."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """`proof` leads from the tree of `old_size`, which the witness saw last, to the checkpoint in `note`."""

    old_size: int
    proof: Sequence[bytes]
    note: str

    def to_bytes(self) -> bytes:
        lines = [f"old {self.old_size}", *(base64.b64encode(one).decode() for one in self.proof)]
        return ("\n".join(lines) + "\n\n" + self.note).encode()


def read_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Read the body of a request. The note in it is not looked into."""
    try:
        head, blank, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise RequestError("the body is not UTF-8") from None
    if not blank:
        raise RequestError("an empty line stands between the proof and the checkpoint")
    first, *proof = head.split("\n")
    old = _OLD.fullmatch(first)
    if not old or int(old[1]) > LARGEST_SIZE:
        raise RequestError("the first line is: old, a space, the size that the witness saw last")
    if len(proof) > MOST_PROOF_LINES:
        raise RequestError(f"a proof has at most {MOST_PROOF_LINES} lines")
    return AddCheckpoint(int(old[1]), tuple(_read_hash(line) for line in proof), note)


def write_size(size: int) -> str:
    """Write the body of an answer of type `text/x.tlog.size`."""
    return f"{size}\n"


def read_size(body: str) -> int:
    """Read the body of an answer of type `text/x.tlog.size`, or raise RequestError."""
    size = _SIZE.fullmatch(body)
    if not size or int(size[1]) > LARGEST_SIZE:
        raise RequestError("a size is a decimal number and a newline")
    return int(size[1])


def _read_hash(line: str) -> bytes:
    try:
        hashed = base64.b64decode(line, validate=True)
    except ValueError:
        hashed = b""
    if len(hashed) != HASH_BYTES or base64.b64encode(hashed).decode() != line:
        raise RequestError("a line of the proof is one hash in base64")
    return hashed
