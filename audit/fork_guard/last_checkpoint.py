"""The last signed checkpoint, as it is kept outside the database.

A database that was restored from a backup has forgotten leaves that were signed. If it signed on, two different
trees would carry our signature: a fork, which is the one thing a log may never do. What is kept outside remembers.
"""

from dataclasses import dataclass

from audit.fork_guard.memory import Kept, checkpoint_memory
from audit.fork_guard.refusals import MemoryUnusable
from audit.models import EndedLog
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError


@dataclass(frozen=True, slots=True)
class LastCheckpoint:
    """What is kept. `head` is None while that is still the last word of the log that this one succeeds."""

    kept: Kept
    head: TreeHead | None


def read_last_checkpoint(verifier: LogVerifier) -> LastCheckpoint | None:
    """Read what is kept, or None where nothing is.

    Raise MemoryUnusable if it is neither a checkpoint of this log nor the last of one that was ended, and
    MemoryUnavailable.
    """
    memory = checkpoint_memory()
    kept = memory.read()
    if kept is None:
        return None
    try:
        return LastCheckpoint(kept, open_checkpoint(kept.note, verifier))
    except (NoteError, CheckpointError) as error:
        if EndedLog.objects.filter(last_note=kept.note).exists():
            return LastCheckpoint(kept, head=None)
        raise MemoryUnusable(
            f"What {memory.place} keeps is no checkpoint of {verifier.name}: {error}. Nothing is signed. If it was"
            " damaged, look who can write there, move it away, and run manage.py keep_last_checkpoint. If another log"
            " is to go on under this name, end that one first: manage.py start_successor_log."
        ) from error
