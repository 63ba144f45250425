"""The monitor's own memory of the log: the last head that it saw signed, in a file that only it writes.

What the log says of itself counts for nothing here: the new head must be signed, and the published tiles must prove
that it begins with the old one (RFC 9162 §2.1.4.2). So a database that was rewritten, restored or exchanged is found
also where everything in it agrees.
"""

from pathlib import Path

from django.conf import settings

from audit.durable_file import replace_file
from audit.fork_guard.ended_logs import past
from audit.models import Checkpoint
from audit.monitor.alarm_kinds import CHECKPOINT_UNSIGNED, MONITOR_HEAD_UNUSABLE, MONITOR_SEES_CUT, MONITOR_SEES_FORK
from audit.signing.checkpoint import CheckpointError, TreeHead
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError
from audit.tree.merkle import ProofFailed, check_consistency, consistency_spans
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import prove_from_tiles, root_from_tiles

KINDS = (CHECKPOINT_UNSIGNED, MONITOR_HEAD_UNUSABLE, MONITOR_SEES_CUT, MONITOR_SEES_FORK)


class HeadRefused(Exception):
    """The published head cannot take the place of the one that is kept; `kind` is that of the alarm."""

    def __init__(self, kind: str, explanation: str) -> None:
        super().__init__(explanation)
        self.kind = kind


def head_file() -> Path:
    return Path(settings.LOG_WATCH_FOLDER) / "monitor-head"


def follow_head(verifier: LogVerifier) -> int:
    """Check the published head against the one that is kept, and keep it from now on; return its size.

    Raise HeadRefused, and keep the old one, where it does not follow from that.
    """
    old, newest = _kept(verifier), Checkpoint.objects.newest_published()
    if newest is None:
        if old is not None and old.size:
            raise HeadRefused(MONITOR_SEES_CUT, f"A log of {old.size} leaves was published before, and now nothing is.")
        return 0
    try:
        new = past().open_checkpoint(newest.note, verifier)
    except (NoteError, CheckpointError) as error:
        raise HeadRefused(
            CHECKPOINT_UNSIGNED, f"The note that is published over {newest.size} leaves does not verify: {error}."
        ) from error
    _check_follows(old, new)
    if old is None or new.size > old.size:
        _keep(newest.note)
    return new.size


def _keep(note: str) -> None:
    try:
        replace_file(head_file(), note)
    except OSError as error:
        raise HeadRefused(MONITOR_HEAD_UNUSABLE, f"{head_file()} cannot be written: {error}.") from error


def _check_follows(old: TreeHead | None, new: TreeHead) -> None:
    if old is not None and new.size < old.size:
        raise HeadRefused(
            MONITOR_SEES_CUT, f"A log of {old.size} leaves was published before, and now one of {new.size}."
        )
    try:
        if new.size and root_from_tiles(size=new.size, reader=StoredTiles()) != new.root:
            raise HeadRefused(
                MONITOR_SEES_FORK, f"The tiles do not give the root that is signed over {new.size} leaves."
            )
        if old is None or old.size == 0:
            return
        spans = consistency_spans(old.size, new.size)
        proof = prove_from_tiles(spans, size=new.size, reader=StoredTiles())
        check_consistency(old_size=old.size, old_root=old.root, size=new.size, root=new.root, proof=proof)
    except (KeyError, ProofFailed) as error:
        before = f"from the {old.size} leaves seen before " if old else ""
        raise HeadRefused(
            MONITOR_SEES_FORK,
            f"The published tiles do not lead {before}to the {new.size} leaves that are signed: {error}.",
        ) from error


def _kept(verifier: LogVerifier) -> TreeHead | None:
    try:
        return past().open_checkpoint(head_file().read_text(encoding="utf-8"), verifier)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, NoteError, CheckpointError) as error:
        raise HeadRefused(MONITOR_HEAD_UNUSABLE, f"{head_file()} holds no checkpoint of this log: {error}.") from error
