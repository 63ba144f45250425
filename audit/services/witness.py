"""Be a witness for the logs of others: remember the newest tree of each, and sign only what extends it.

Checking and storing are one transaction under the lock of the log's row, and the row moves by comparing and setting
its size; the database refuses one that goes back. What was accepted is committed before the signature leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import LOG_UNWATCHED, LOG_WATCHED
from audit.entry import Entry
from audit.errors import Conflict, Invalid
from audit.models import ShownFork, WatchedLog
from audit.models.watched_log import hash_origin
from audit.services.alarm import end_alarm, raise_alarm
from audit.services.append import append_entry
from audit.signing.checkpoint import CheckpointError, TreeHead, read_body
from audit.signing.signed_note import NoteError, Verifier, open_note, read_verifier
from audit.tree.merkle import EMPTY_ROOT, ProofFailed, check_consistency
from audit.witness.cosignature import CosigningKey
from audit.witness.own_key import load_witness_keys
from audit.witness.request import LARGEST_SIZE, AddCheckpoint, RequestError
from audit.witness.signature_line import split_note

FORKED = "watched-log-forked"
UNPROVEN = "watched-log-unproven"
# Anyone may send us a genuine checkpoint with a proof that is nonsense. A log that really forked keeps failing; one
# that did not soon comes with a proof that holds.
UNPROVEN_AFTER = timedelta(minutes=10)
# Proofs of one fork are enough; who holds the key of a log could make others without end.
MOST_FORKS_KEPT = 100


class UnknownLog(Exception):
    """The checkpoint is of a log that this witness does not watch (404)."""


class NotSigned(Exception):
    """No key of the log signed it, or a signature of one is wrong (403)."""


class OtherSize(Exception):
    """The log was last seen at another size than the request says (409)."""

    def __init__(self, size: int) -> None:
        super().__init__(f"seen last: {size}")
        self.size = size


class NotConsistent(Exception):
    """The proof does not show that the checkpoint extends what was seen last (422)."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """What to raise once what was found out is committed, and the alarm that goes with it, if any."""

    error: Exception
    alarm: tuple[str, str] | None = None


def cosign_checkpoint(request: AddCheckpoint, *, now: datetime | None = None) -> str:
    """Check a checkpoint of a watched log, remember it, and return our signature lines (C2SP tlog-witness).

    Raise RequestError (400), UnknownLog (404), NotSigned (403), OtherSize (409) or NotConsistent (422), and
    WitnessKeyUnusable without a key.
    """
    keys = load_witness_keys()
    now = now or datetime.now(UTC)
    origin = _origin(request.note)
    with transaction.atomic():
        # Locked until the commit: who asks at the same time finds what this request has stored.
        log = WatchedLog.objects.watched().select_for_update().filter(origin=origin).first()
        if log is None:
            raise UnknownLog(origin)
        body, head = _open(request.note, log)
        result = _cosign(request, log, body, head, keys, now)
    if isinstance(result, _Refused):
        if result.alarm:
            raise_alarm(kind=result.alarm[0], where=origin, explanation=result.alarm[1])
        raise result.error
    if log.bad_proof_since is not None:
        end_alarm(kind=UNPROVEN, where=origin)
    return result


def _cosign(
    request: AddCheckpoint, log: WatchedLog, body: str, head: TreeHead, keys: Sequence[CosigningKey], now: datetime
) -> str | _Refused:
    if request.old_size > head.size:
        raise RequestError("the old size is larger than that of the checkpoint")
    if head.size == log.size and head.root != bytes(log.root) and log.note:
        _keep_fork(request.note, log, head, now)
        said = (
            f"The log {log.origin} signed two different trees of {head.size} leaves: it forked, or somebody holds its"
            " key. Both checkpoints are kept; show them to who runs it, and to who relies on it."
        )
        # The protocol first looks whether the sender knows what we saw last.
        error = OtherSize(log.size) if request.old_size != log.size else NotConsistent("another root for the same size")
        return _Refused(error, (FORKED, said))
    if request.old_size != log.size:
        raise OtherSize(log.size)
    try:
        if head.size == 0 and head.root != EMPTY_ROOT:
            raise ProofFailed("an empty tree has another root")
        check_consistency(
            old_size=log.size, old_root=bytes(log.root), size=head.size, root=head.root, proof=request.proof
        )
    except ProofFailed as failure:
        return _unproven(log, head, failure, now)
    # Seconds are what a cosignature has; two in one second may say the same time.
    lines = "".join(f"{key.cosign(body, at=int(now.timestamp()))}\n" for key in keys)
    moved = WatchedLog.objects.filter(origin=log.origin, size=log.size).update(
        size=head.size,
        root=head.root,
        note=_signed_by_log(request.note, log) + lines,
        cosigned_at=now,
        bad_proof_since=None,
    )
    if not moved:
        raise OtherSize(WatchedLog.objects.get(origin=log.origin).size)
    return lines


def _unproven(log: WatchedLog, head: TreeHead, failure: ProofFailed, now: datetime) -> _Refused:
    error = NotConsistent(str(failure))
    if head.size == log.size:
        return _Refused(error)  # the same tree: a slip of the sender
    if log.bad_proof_since is None:
        WatchedLog.objects.filter(origin=log.origin).update(bad_proof_since=now)
        return _Refused(error)
    if now - log.bad_proof_since < UNPROVEN_AFTER:
        return _Refused(error)
    return _Refused(
        error,
        (
            UNPROVEN,
            f"Since {log.bad_proof_since.astimezone(UTC):%Y-%m-%d %H:%M} UTC the log {log.origin} shows checkpoints"
            f" without a proof that they extend the one over {log.size} leaves that we saw. It may have forked, or been"
            " set back.",
        ),
    )


def _keep_fork(note: str, log: WatchedLog, head: TreeHead, now: datetime) -> None:
    if ShownFork.objects.filter(origin=log.origin).count() < MOST_FORKS_KEPT:
        ShownFork.objects.get_or_create(
            origin=log.origin,
            size=head.size,
            root=head.root,
            defaults={"note": _signed_by_log(note, log), "known_note": log.note, "found_at": now},
        )


def _origin(note: str) -> str:
    """Read of which log a note says that it is, before any signature is looked at; raise RequestError."""
    text, blank, _signatures = note.rpartition("\n\n")
    try:
        head = read_body(f"{text}\n")
    except CheckpointError as error:
        raise RequestError(f"there is no checkpoint after the empty line: {error}") from None
    if not blank or head.size > LARGEST_SIZE:
        raise RequestError(f"a checkpoint has signatures, and a size of at most {LARGEST_SIZE}")
    return head.origin


def _open(note: str, log: WatchedLog) -> tuple[str, TreeHead]:
    try:
        # Both look at every line; the second also at how many there are.
        body, _lines = split_note(note)
        open_note(note, _verifiers(log))
    except NoteError as error:
        raise NotSigned(str(error)) from None
    return body, read_body(body)


def _signed_by_log(note: str, log: WatchedLog) -> str:
    """Return the note with the signatures of the log's own keys only: what we serve, we have checked."""
    body, lines = split_note(note)
    known = {(verifier.name, verifier.key_id) for verifier in _verifiers(log)}
    kept = dict.fromkeys(str(line) for line in lines if (line.name, line.key_id) in known)
    return body + "\n" + "".join(f"{line}\n" for line in kept)


def _verifiers(log: WatchedLog) -> list[Verifier]:
    return [read_verifier(key) for key in log.keys.splitlines()]


# --- Which logs we watch --------------------------------------------------------------------------------------------


class WatchedAlready(Conflict):
    code = "log-watched-already"


@transaction.atomic
def watch_log(*, key: str) -> WatchedLog:
    """Begin to be a witness for a log, or accept one more key of it; the key names the log. An entry says so.

    Raise Invalid for what is no verifier key, WatchedAlready for one that is known.
    """
    try:
        verifier = read_verifier(key)
    except NoteError as error:
        raise Invalid(_("This is no verifier key of a log: %(error)s") % {"error": error}) from None
    now = datetime.now(UTC)
    log = WatchedLog.objects.select_for_update().filter(origin=verifier.name).first()
    if log is None:
        log = WatchedLog.objects.create(
            origin=verifier.name, origin_hash=hash_origin(verifier.name), keys=str(verifier), added_at=now
        )
    else:
        keys = log.keys.splitlines()
        if str(verifier) in keys and log.stopped_at is None:
            raise WatchedAlready(_("We watch this log with this key already."))
        # What we saw of it stays: otherwise stopping and adding would let it go back.
        log.keys = "\n".join(dict.fromkeys([*keys, str(verifier)]))
        log.stopped_at = None
        log.save(update_fields=["keys", "stopped_at"])
    _say(LOG_WATCHED.name, origin=verifier.name, key=str(verifier))
    return log


@transaction.atomic
def stop_watching(*, origin: str) -> None:
    """Stop being a witness for a log. What we saw of it is kept. Raise Invalid if we are none."""
    if not WatchedLog.objects.watched().filter(origin=origin).update(stopped_at=datetime.now(UTC)):
        raise Invalid(_("We do not watch a log of this name."))
    _say(LOG_UNWATCHED.name, origin=origin)


def _say(action: str, **details: str) -> None:
    append_entry(Entry(action=action, outcome="allowed", details=details))
