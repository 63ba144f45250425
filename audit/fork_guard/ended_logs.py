"""Which log signed what: one tree can have been signed by a log that was ended, and by its successor from there on."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from audit.models import EndedLog
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.log_keys import LogVerifier, read_log_keys
from audit.signing.signed_note import NoteError


@dataclass(frozen=True, slots=True)
class Past:
    """The logs that were ended, oldest first."""

    ended: Sequence[EndedLog]

    def log_at(self, size: int) -> EndedLog | None:
        """Return the ended log that signed checkpoints over `size` leaves; None where the present log does."""
        return next((one for one in self.ended if size <= one.size), None)

    def verifier_at(self, size: int, present: LogVerifier) -> LogVerifier:
        """Return the keys that checkpoints over `size` leaves verify with."""
        ended = self.log_at(size)
        return present if ended is None else verifier_of(ended)

    def open_checkpoint(self, note: str, present: LogVerifier) -> TreeHead:
        """Open a checkpoint of this log or of one that was ended. Raise NoteError or CheckpointError for any other."""
        for ended in self.ended:
            with suppress(NoteError, CheckpointError):
                return open_checkpoint(note, verifier_of(ended))
        return open_checkpoint(note, present)


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signed this tree over the years: the present log, and those that it succeeds."""

    present: LogVerifier
    past: Past

    def at(self, size: int) -> LogVerifier:
        return self.past.verifier_at(size, self.present)


def past() -> Past:
    return Past(list(EndedLog.objects.oldest_first()))


def verifier_of(ended: EndedLog) -> LogVerifier:
    """Read its keys. Where they cannot be read nothing counts as signed, and `verify_log` says what became of them."""
    try:
        return LogVerifier(read_log_keys(ended.verifier_keys))
    except NoteError:
        return LogVerifier(())
