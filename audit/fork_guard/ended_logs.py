"""Which log signed what: one tree can have been signed by a log that was ended, and by its successor from there on."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from audit.models import EndedLog
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.signed_note import NoteError, Verifier, read_verifier


@dataclass(frozen=True, slots=True)
class Past:
    """The logs that were ended, oldest first."""

    ended: Sequence[EndedLog]

    def log_at(self, size: int) -> EndedLog | None:
        """Return the ended log that signed checkpoints over `size` leaves; None where the present log does."""
        return next((one for one in self.ended if size <= one.size), None)

    def verifiers_at(self, size: int, present: Verifier) -> list[Verifier]:
        """Return the keys that checkpoints over `size` leaves verify with."""
        ended = self.log_at(size)
        return [present] if ended is None else verifiers_of(ended)

    def open_checkpoint(self, note: str, present: Verifier) -> TreeHead:
        """Open a checkpoint of this log or of one that was ended. Raise NoteError or CheckpointError for any other."""
        for ended in self.ended:
            for verifier in verifiers_of(ended):
                with suppress(NoteError, CheckpointError):
                    return open_checkpoint(note, verifier)
        return open_checkpoint(note, present)


def past() -> Past:
    return Past(list(EndedLog.objects.oldest_first()))


def verifiers_at(size: int, present: Verifier) -> list[Verifier]:
    return past().verifiers_at(size, present)


def verifiers_of(ended: EndedLog) -> list[Verifier]:
    """Read its keys. A line that is none is passed over: `verify_log` holds the row against the entry that says it."""
    keys = []
    for line in ended.verifier_keys.splitlines():
        with suppress(NoteError):
            keys.append(read_verifier(line))
    return keys
