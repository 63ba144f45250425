"""The last signed checkpoint, kept in a file outside the database.

A database that was restored from a backup has forgotten leaves that were signed. If it signed on, two different
trees would carry our signature: a fork, which is the one thing a log may never do. The file remembers.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from audit.signing.checkpoint import TreeHead, open_checkpoint
from audit.signing.log_keys import LogVerifier


class LogBehindCheckpoint(Exception):
    """The database holds fewer leaves than were signed."""


class LogForked(Exception):
    """The database holds other leaves than were signed."""


def read_last_checkpoint(file: Path, verifier: LogVerifier) -> TreeHead | None:
    """Read the tree head that was signed last, or None where nothing was signed on this machine yet.

    Raise NoteError or CheckpointError if the file is not what we wrote there.
    """
    try:
        note = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return open_checkpoint(note, verifier)


def keep_last_checkpoint(file: Path, note: str) -> None:
    """Replace the file in one step that outlives a power cut: the old note or the new one, never half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(note)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def refuse_fork(last: TreeHead | None, *, size: int, root_at: Callable[[int], bytes]) -> None:
    """Raise unless a tree of `size` leaves extends the tree that was signed last; `root_at` gives its older roots."""
    if last is None or last.size == 0:
        return
    if size < last.size:
        raise LogBehindCheckpoint(
            f"The database holds {size} leaves, but a checkpoint over {last.size} was signed. It was probably"
            " restored from a backup. Nothing is signed. Recover the database up to the leaves that are missing;"
            " if they are lost, end this log in public and start a new one with another LOG_ORIGIN and key."
        )
    if root_at(last.size) != last.root:
        raise LogForked(
            f"The first {last.size} leaves in the database are not those that were signed. Nothing is signed."
            " Run manage.py verify_log: it names the first row that was changed."
        )
