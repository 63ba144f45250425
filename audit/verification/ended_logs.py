"""Whether what stands about a log that was ended is what the log itself says of it."""

import base64
import json
from collections.abc import Iterator, Sequence

from audit.fork_guard.ended_logs import Past
from audit.models import EndedLog, Leaf, Record
from audit.signing.checkpoint import TreeHead
from audit.verification.discrepancy import Altered


def stated_heads(past: Past) -> Iterator[TreeHead]:
    """What each statement says that the tree was when its log ended."""
    for ended in past.ended:
        yield TreeHead(ended.origin, ended.size, bytes(ended.root))


def lost_heads(kept: Sequence[TreeHead], past: Past) -> list[TreeHead]:
    """Return the kept heads that an ended log signed over leaves that its successor never had."""
    ended = {one.origin: one for one in past.ended}
    return [head for head in kept if head.origin in ended and head.size > ended[head.origin].size]


def refuse_lost(lost: Sequence[TreeHead], past: Past) -> None:
    """Raise Altered for what is lost: last, so that whatever else is wrong is named before."""
    ended = {one.origin: one for one in past.ended}
    for head in lost:
        end = ended[head.origin]
        raise Altered(
            "leaves-lost",
            f"kept checkpoint of {head.origin} over {head.size} leaves",
            f"That log was ended with {end.size} leaves; those from {end.size} on are lost. The log says so itself, in"
            f" entry {end.entry_id}. What is left of it is as it was signed.",
        )


def check_statements(past: Past) -> None:
    """Check each row against the entry that the successor put first. Raise Altered."""
    for ended in past.ended:
        where = f"ended log {ended.origin}"
        leaf = Leaf.objects.filter(index=ended.size).first()
        record = Record.objects.filter(entry_id=ended.entry_id).first()
        if leaf is None or leaf.entry_id != ended.entry_id or record is None:
            raise Altered(
                "ended-log-altered",
                where,
                f"Leaf {ended.size} is not the entry that ended it, or that entry's record is gone.",
            )
        if not _says_the_same(ended, record):
            raise Altered(
                "ended-log-altered",
                where,
                "The row says something else of its end than the entry that was committed to: it was rewritten.",
            )


def _says_the_same(ended: EndedLog, record: Record) -> bool:
    said = json.loads(bytes(record.canonical))["details"]
    return bool(
        said["endedLog"] == ended.origin
        and "\n".join(said["endedKeys"]) == ended.verifier_keys
        and said["lastCheckpoint"] == ended.last_note
        and said["size"] == ended.size
        and base64.b64decode(said["root"]) == bytes(ended.root)
    )
