"""What verification remembers between runs, in files outside the database.

`unfinished` is how far a run came that was stopped. `verified` is the part that the last whole run found as it was
written, under a checkpoint that the log signed: where that tree cannot be computed from the database any more,
something before its end was rewritten. Both are believed as far as this machine is: who can write them can make the
next run skip rows, but cannot make a changed tree agree with a signature.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.durable_file import replace_file
from audit.fork_guard.ended_logs import past
from audit.moment import read_moment
from audit.signing.checkpoint import CheckpointError
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError
from audit.tree.merkle import CompactRange
from audit.verification.verified_part import NotAPart, VerifiedPart


@dataclass(frozen=True, slots=True)
class VerifiedTree:
    """The tree under `note`, every leaf of which was checked by the moment `at`."""

    tree: CompactRange
    note: str
    at: datetime


def unfinished_file() -> Path:
    return Path(settings.LOG_WATCH_FOLDER) / "verification-unfinished.json"


def verified_file() -> Path:
    return Path(settings.LOG_WATCH_FOLDER) / "verified.json"


def keep_unfinished(part: VerifiedPart, *, since_last: bool) -> None:
    _write(unfinished_file(), {"sinceLast": since_last, **part.to_json()})


def read_unfinished(*, since_last: bool) -> VerifiedPart | None:
    """Return how far the last run of this kind came; None when it ended. Raise NotAPart for a file that is not ours."""
    read = _read(unfinished_file())
    return VerifiedPart.from_json(read) if read is not None and read.get("sinceLast") is since_last else None


def forget_unfinished() -> None:
    unfinished_file().unlink(missing_ok=True)


def keep_verified(verified: VerifiedTree) -> None:
    frontier = verified.tree.to_bytes().hex()
    _write(verified_file(), {"frontier": frontier, "note": verified.note, "at": verified.at.isoformat()})


def read_verified(verifier: LogVerifier) -> VerifiedTree | None:
    """Return what was verified last; None before the first time. Raise NotAPart where the log did not sign it."""
    read = _read(verified_file())
    if read is None:
        return None
    try:
        head = past().open_checkpoint(read["note"], verifier)
        tree = CompactRange.from_bytes(head.size, bytes.fromhex(read["frontier"]))
        verified = VerifiedTree(tree, read["note"], read_moment(read["at"]))
    except (KeyError, TypeError, ValueError, NoteError, CheckpointError) as error:
        raise NotAPart(f"{verified_file()} does not hold a part of this log: {error}") from error
    if tree.root() != head.root:
        raise NotAPart(f"{verified_file()} holds another tree than the one that the log signed")
    return verified


def _read(file: Path) -> dict[str, Any] | None:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise NotAPart(f"{file} cannot be read: {error}") from error
    if not isinstance(read, dict):
        raise NotAPart(f"{file} is not what verification wrote there")
    return read


def _write(file: Path, state: dict[str, Any]) -> None:
    # In one step that outlives a power cut, as the last checkpoint.
    replace_file(file, json.dumps(state) + "\n")
