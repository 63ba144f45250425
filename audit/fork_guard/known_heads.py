"""What is known to have been signed, from everywhere that keeps it. The tree must extend each of these heads.

A source is a function that takes the verifier of this log and yields heads whose signature it checked. Who adds a
place where heads are kept, such as the witnesses, adds its function to SOURCES.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from audit.fork_guard.ended_logs import verifiers_at
from audit.fork_guard.refusals import LogForked
from audit.models import Checkpoint
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.signed_note import NoteError, Verifier


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A tree head that this log, or the one that it succeeds, signed; `source` says who remembers it."""

    head: TreeHead
    source: str


Source = Callable[[Verifier], Iterable[KnownHead]]


def newest_in_database(verifier: Verifier) -> Iterator[KnownHead]:
    """The newest checkpoint in the table: a restore of some tables only leaves it ahead of the leaves."""
    newest = Checkpoint.objects.newest_first().first()
    if newest is None:
        return
    for candidate in verifiers_at(newest.size, verifier):
        try:
            yield KnownHead(open_checkpoint(newest.note, candidate), "the database's own checkpoints")
        except (NoteError, CheckpointError):
            continue
        return
    raise LogForked(
        f"The database holds a checkpoint over {newest.size} leaves that this log did not sign. Nothing is signed."
        " Run manage.py verify_log: it names the first row that was changed."
    )


SOURCES: list[Source] = [newest_in_database]


def known_heads(verifier: Verifier) -> Iterator[KnownHead]:
    """Ask every source."""
    for source in SOURCES:
        yield from source(verifier)
