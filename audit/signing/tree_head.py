"""Tree heads: what a checkpoint says, and the text that it says it in (C2SP tlog-checkpoint)."""

import base64
from dataclasses import dataclass

from audit.tree.merkle import HASH_BYTES


class CheckpointError(ValueError):
    """The text is no checkpoint of the log that it should be of."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says: the log `origin` has `size` leaves under `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The text that is signed. We write no extension lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_body(body: str) -> TreeHead:
    """Read the text of a checkpoint; extension lines are passed over. Raise CheckpointError if it is none."""
    try:
        origin, size, root, *extensions = body.removesuffix("\n").split("\n")
        head = TreeHead(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError:
        raise CheckpointError("a checkpoint is an origin, a size and a root, each on a line") from None
    # Written back it is the same text, so that one head has one spelling.
    if not body.startswith(head.body) or head.size < 0 or len(head.root) != HASH_BYTES or not head.origin:
        raise CheckpointError("the size or the root of the checkpoint is badly written")
    if not all(extensions):
        raise CheckpointError("an extension line of the checkpoint is empty")
    return head
