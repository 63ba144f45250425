"""Whether a tree extends everything that is known to have been signed."""

from collections.abc import Callable, Iterable

from audit.fork_guard.known_heads import KnownHead
from audit.fork_guard.refusals import LogBehindCheckpoint, LogForked


def refuse_fork(known: Iterable[KnownHead], *, size: int, root_at: Callable[[int], bytes]) -> None:
    """Raise unless a tree of `size` leaves extends every known head; `root_at` gives the roots of its beginnings.

    Raise LogBehindCheckpoint for the largest head that is beyond its end, and LogForked for one with another root.
    """
    largest_first = sorted(known, key=lambda one: -one.head.size)
    for one in largest_first:
        signed = one.head
        if size < signed.size:
            raise LogBehindCheckpoint(
                f"The database holds {size} leaves, but a checkpoint of {signed.origin} over {signed.size} was signed:"
                f" {one.source} remembers it. The database was probably restored from a backup. Nothing is signed, and"
                " what is logged waits. Recover the database up to the leaves that are missing; if they are lost for"
                " good, end this log in public and start its successor: manage.py start_successor_log."
            )
    for one in largest_first:
        signed = one.head
        if root_at(signed.size) != signed.root:
            raise LogForked(
                f"The first {signed.size} leaves in the database are not those that were signed, as {one.source}"
                " remembers. Nothing is signed. Run manage.py verify_log: it names the first row that was changed."
            )
