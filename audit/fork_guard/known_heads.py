"""What is known to have been signed, from everywhere that keeps it. The tree must extend each of these heads.

A source is a function that takes the verifier of this log and yields heads whose signature it checked. Who adds a
place where heads are kept adds its function to SOURCES.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from audit.fork_guard.ended_logs import past
from audit.fork_guard.refusals import LogForked
from audit.models import Checkpoint
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError
from audit.witness.largest import witnessed_heads


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A tree head that this log, or the one that it succeeds, signed; `source` says who remembers it."""

    head: TreeHead
    source: str


Source = Callable[[LogVerifier], Iterable[KnownHead]]


def newest_in_database(verifier: LogVerifier) -> Iterator[KnownHead]:
    """The newest checkpoint in the table: a restore of some tables only leaves it ahead of the leaves."""
    newest = Checkpoint.objects.newest_first().first()
    if newest is None:
        return
    try:
        head = open_checkpoint(newest.note, past().verifier_at(newest.size, verifier))
    except (NoteError, CheckpointError) as error:
        raise LogForked(
            f"The database holds a checkpoint over {newest.size} leaves that this log did not sign. Nothing is signed."
            " Run manage.py verify_log: it names the first row that was changed."
        ) from error
    yield KnownHead(head, "the database's own checkpoints")


def cosigned_by_witnesses(verifier: LogVerifier) -> Iterator[KnownHead]:
    """What the cosignatures that we keep prove."""
    return _witnessed(verifier, live=False)


def asked_of_witnesses(verifier: LogVerifier) -> Iterator[KnownHead]:
    """What witnesses answer now: for the start of a sequencer, because it takes as long as they do."""
    return _witnessed(verifier, live=True)


def _witnessed(verifier: LogVerifier, *, live: bool) -> Iterator[KnownHead]:
    # What a witness only says, without a signature of ours, it could say to stop us.
    for seen in witnessed_heads(live=live):
        if seen.root is not None:
            yield KnownHead(TreeHead(verifier.name, seen.size, seen.root), f"the witness {seen.witness}")


SOURCES: list[Source] = [newest_in_database, cosigned_by_witnesses]


def known_heads(verifier: LogVerifier) -> Iterator[KnownHead]:
    """Ask every source."""
    for source in SOURCES:
        yield from source(verifier)
