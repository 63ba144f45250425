"""End a log in public, and start its successor: what is left to do when leaves that were signed are lost for good.

The successor has another origin and key, so that nothing it signs can contradict what the ended log signed. It takes
over the tree as the database still has it, and the first leaf that it adds is an entry that states the ended log's last
checkpoint verbatim, the size and the root that the database still had, and who decided. So every entry that survived
keeps its place and its proofs, and whoever kept a checkpoint of the ended log sees at once which of two things holds:
it covers no more than what is left, and then an ordinary consistency proof leads from it into the new log; or it
covers leaves that are lost, and then the statement says so.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import LOG_SUCCEEDED
from audit.entry import Entry
from audit.errors import Conflict
from audit.fork_guard.memory import Kept, checkpoint_memory
from audit.models import Checkpoint, EndedLog, LogHead
from audit.monitor.waiting import WaitingRow
from audit.services.append import append_entry
from audit.services.decision import Decision
from audit.services.sequence import HeadMoved, place_rows, root_of, sign_head
from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint
from audit.signing.log_key import load_signer
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError


class CannotSucceed(Conflict):
    """The settings or the keys that were given do not describe an end and a beginning; `detail` says what to do."""

    code = "log-cannot-succeed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """What the statement says, in short, and the first checkpoint of the successor. `lost` counts signed leaves."""

    ended: str
    size: int
    lost: int
    checkpoint: str


def start_successor(*, ended_log: LogVerifier, decision: Decision, last_note: str | None = None) -> Succession:
    """End the log that `ended_log` verifies, and sign the first checkpoint of the one that the settings name now.

    `last_note` is the last checkpoint of the ended log from elsewhere, where the memory outside the database is lost
    too. Safe to run again after it was cut short. Needs the rights of the owner of the tables. Raise Invalid for fewer
    than two people, CannotSucceed, and what `sequence_pending` raises.
    """
    decision.check()
    signer = load_signer()
    kept = _kept_note(ended_log, last_note)
    ended = EndedLog.objects.filter(last_note=kept.note).first()
    if ended is None:
        ended = _end(kept.note, ended_log, signer.verifier, decision)
    checkpoint = sign_head()
    if checkpoint is None:
        raise HeadMoved(_("A sequencer works on this log: stop it, and run this again."))
    lost = max(0, _open(kept.note, ended_log).size - ended.size)
    return Succession(ended=ended.origin, size=ended.size, lost=lost, checkpoint=checkpoint)


def _kept_note(ended_log: LogVerifier, given: str | None) -> Kept:
    """Return the last checkpoint of the ended log as the memory keeps it, where it is put first if it was lost."""
    memory = checkpoint_memory()
    kept = memory.read()
    if kept is None and given is not None:
        _open(given, ended_log)
        memory.replace(given, expected=None)
        kept = memory.read()
    if kept is None:
        raise CannotSucceed(
            _("%(place)s keeps nothing. Give the newest checkpoint of the ended log that anybody still has.")
            % {"place": memory.place}
        )
    if given is not None and given != kept.note:
        raise CannotSucceed(_("%(place)s keeps another last checkpoint than was given.") % {"place": memory.place})
    return kept


@transaction.atomic
def _end(note: str, ended_log: LogVerifier, successor: LogVerifier, decision: Decision) -> EndedLog:
    signed = _open(note, ended_log)
    if signed.origin == successor.name or _public(successor) & _public(ended_log):
        raise CannotSucceed(
            _(
                "A successor has another name and another key: set LOG_ORIGIN and LOG_SIGNING_KEY_FILE to new ones, and"
                " run manage.py create_log_key."
            )
        )
    if EndedLog.objects.filter(origin__in=[successor.name, signed.origin]).exists():
        raise CannotSucceed(_("This log was ended before, and a name that was ended never comes back."))
    head = LogHead.objects.select_for_update().get()
    root = root_of(head, head.size)
    statement = append_entry(
        Entry(
            action=LOG_SUCCEEDED.name,
            outcome="allowed",
            details={
                "endedLog": signed.origin,
                "endedKeys": [str(key) for key in ended_log.keys],
                "lastCheckpoint": note,
                "signedSize": signed.size,
                "size": head.size,
                "root": base64.b64encode(root).decode(),
                "heldCheckpoint": _held_note(head, ended_log),
                "successor": successor.name,
                "successorKey": str(successor),
                "decidedBy": list(decision.decided_by),
                "reason": decision.reason,
            },
        )
    )
    size = head.size
    place_rows(head, [WaitingRow(statement.id, statement.commitment, statement.commitment, leaf_index=None)])
    return EndedLog.objects.create(
        size=size,
        root=root,
        origin=signed.origin,
        verifier_keys="\n".join(str(key) for key in ended_log.keys),
        last_note=note,
        entry_id=statement.id,
        at=datetime.now(UTC),
    )


def _held_note(head: LogHead, ended_log: LogVerifier) -> str:
    """Return the newest checkpoint of the ended log that the tree still keeps; "" if the table holds none of it.

    Raise CannotSucceed where the tree contradicts it: then there is no log to continue, but one that was rewritten.
    """
    newest = Checkpoint.objects.newest_first().first()
    before = EndedLog.objects.oldest_first().last()
    if newest is None or (before is not None and newest.size <= before.size):
        return ""
    signed = _open(newest.note, ended_log)
    if signed.size > head.size or root_of(head, signed.size) != signed.root:
        raise CannotSucceed(
            _(
                "The leaves in the database are not those of its own checkpoint over %(size)d: they were changed, or"
                " not all tables were restored. Restore a backup in which manage.py verify_log finds nothing."
            )
            % {"size": signed.size}
        )
    return newest.note


def _open(note: str, log: LogVerifier) -> TreeHead:
    try:
        return open_checkpoint(note, log)
    except (NoteError, CheckpointError) as error:
        refused = error
    raise CannotSucceed(
        _(
            "The checkpoint is not signed by a key of the log that is to end. Give its verifier key, the file that ends"
            " in .pub beside its signing key. If the log was ended already, there is nothing left to do."
        )
    ) from refused


def _public(log: LogVerifier) -> set[str]:
    """Return its keys without the name of the log."""
    return {str(key.verifier).split("+", 2)[2] for key in log.keys}
