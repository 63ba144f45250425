"""Make the memory outside the database anew, from the database: a decision of people, and an entry of its own."""

import base64
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import MEMORY_RESTORED
from audit.entry import Entry
from audit.errors import Conflict
from audit.fork_guard.guard import refuse_fork
from audit.fork_guard.known_heads import known_heads
from audit.fork_guard.memory import checkpoint_memory
from audit.models import Checkpoint, LogHead
from audit.services.append import append_entry
from audit.services.decision import Decision
from audit.services.sequence import root_of
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.log_key import load_verifier
from audit.signing.signed_note import NoteError


class MemoryStands(Conflict):
    """Something is remembered: nothing may be put in its place."""

    code = "log-memory-stands"


class NothingToRemember(Conflict):
    """The database holds no checkpoint of this log: a new log needs no memory, it makes one."""

    code = "log-nothing-to-remember"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept from now on, and where."""

    head: TreeHead
    place: str


def keep_memory_from_database(*, decision: Decision) -> Remembered:
    """Keep the newest checkpoint of the database where nothing is kept, and log who decided so.

    Whatever was signed after that checkpoint is forgotten by this service for good, unless a witness knows it. Raise
    Invalid for fewer than two people, MemoryStands, NothingToRemember, a LogRefused where the database contradicts
    what is known, and MemoryUnavailable or MemoryMoved.
    """
    decision.check()
    memory = checkpoint_memory()
    if memory.read() is not None:
        raise MemoryStands(
            _("%(place)s keeps a checkpoint already. Only a memory that is gone is made anew.")
            % {"place": memory.place}
        )
    verifier = load_verifier()
    with transaction.atomic():
        newest, head = Checkpoint.objects.newest_first().first(), LogHead.objects.get()
        if newest is None:
            raise NothingToRemember(_("The database holds no checkpoint: the sequencer begins a new log by itself."))
        refuse_fork(known_heads(verifier), size=head.size, root_at=lambda size: root_of(head, size))
        try:
            signed = open_checkpoint(newest.note, verifier)
        except (NoteError, CheckpointError) as error:
            raise NothingToRemember(
                _("The newest checkpoint is of a log that was ended: finish that with manage.py start_successor_log.")
            ) from error
        append_entry(
            Entry(
                action=MEMORY_RESTORED.name,
                outcome="allowed",
                details={
                    "size": signed.size,
                    "root": base64.b64encode(signed.root).decode(),
                    "checkpoint": newest.note,
                    "decidedBy": list(decision.decided_by),
                    "reason": decision.reason,
                },
            )
        )
    memory.replace(newest.note, expected=None)
    return Remembered(signed, memory.place)
