"""What witnesses saw of our log, for who must not sign less: a restored database has forgotten it, they have not."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue

import requests
from django.conf import settings

from audit.models import Checkpoint, Cosignature
from audit.models.watched_log import hash_origin
from audit.signing.checkpoint import CheckpointError, open_checkpoint
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError
from audit.witness.ask import SawAnotherSize, add_checkpoint, get_checkpoint
from audit.witness.configured import configured_policy
from audit.witness.cosignature import verified_cosignatures
from audit.witness.policy import Witness
from audit.witness.request import AddCheckpoint
from audit.witness.signature_line import split_note


@dataclass(frozen=True, slots=True)
class WitnessedHead:
    """A witness, by its name in the policy, saw our log with `size` leaves.

    With `root` and `note` it is proven: the log's key and that of the witness signed it. Without, the witness only
    says so, which it could say to stop us.
    """

    witness: str
    size: int
    root: bytes | None = None
    note: str = ""
    at: datetime | None = None

    @property
    def is_proven(self) -> bool:
        return self.root is not None


def largest_witnessed(*, live: bool) -> WitnessedHead | None:
    """Return the largest tree head of ours that a cosignature proves, or None where none does."""
    return next((head for head in witnessed_heads(live=live) if head.is_proven), None)


def witnessed_heads(*, live: bool) -> list[WitnessedHead]:
    """Return what each witness of the policy saw last, the largest first; [] without a policy.

    From the cosignatures that the database keeps; with `live` also by asking every witness, all at once, within
    LOG_WITNESS_TIMEOUT: its monitoring prefix if that is its submission prefix, else by what it answers when it is
    offered our newest checkpoint as if it had seen nothing. Those that do not answer are left out. Raise
    LogKeyUnusable without the verifier key of the log.
    """
    policy = configured_policy()
    if policy is None:
        return []
    verifier = load_verifier()
    heads = [head for witness in policy.witnesses for head in _kept(witness, verifier)]
    if live and policy.witnesses:
        newest = Checkpoint.objects.newest_first().first()
        note = newest.note if newest else ""
        heads += _ask_all(policy.witnesses, verifier, note)
    return sorted(heads, key=lambda head: (head.size, head.is_proven), reverse=True)


def _ask_all(witnesses: Sequence[Witness], verifier: LogVerifier, note: str) -> list[WitnessedHead]:
    """Ask each in a thread of its own, none of which uses the database, and wait for none longer than two answers."""
    answers: SimpleQueue[list[WitnessedHead]] = SimpleQueue()
    for witness in witnesses:
        ask = partial(_put_answer, answers, witness, verifier, note)
        threading.Thread(target=ask, name=f"witness {witness.name}", daemon=True).start()
    deadline = time.monotonic() + 2 * settings.LOG_WITNESS_TIMEOUT.total_seconds() + 1
    heads: list[WitnessedHead] = []
    with suppress(Empty):
        for _witness in witnesses:
            heads += answers.get(timeout=max(0.0, deadline - time.monotonic()))
    return heads


def _put_answer(
    answers: "SimpleQueue[list[WitnessedHead]]", witness: Witness, verifier: LogVerifier, note: str
) -> None:
    answers.put(_ask(witness, verifier, note))


def _kept(witness: Witness, verifier: LogVerifier) -> Iterator[WitnessedHead]:
    newest = Cosignature.objects.of_key(witness.cosigner.name, witness.cosigner.key_id.hex()).first()
    checkpoint = Checkpoint.objects.filter(size=newest.size).first() if newest else None
    if newest and checkpoint:
        yield from _proven(witness, verifier, f"{checkpoint.note}{newest.line}\n")


def _ask(witness: Witness, verifier: LogVerifier, note: str) -> list[WitnessedHead]:
    seconds = settings.LOG_WITNESS_TIMEOUT.total_seconds()
    with requests.Session() as session:
        served = get_checkpoint(witness, hash_origin(verifier.name), seconds=seconds, session=session)
        if served is not None and (proven := list(_proven(witness, verifier, served))):
            return proven
        if not note:
            return []
        answer = add_checkpoint(witness, AddCheckpoint(0, (), note), seconds=seconds, session=session)
    # A cosignature, from one that had seen nothing of ours, is the publisher's to ask for again.
    return [WitnessedHead(witness.name, answer.size)] if isinstance(answer, SawAnotherSize) else []


def _proven(witness: Witness, verifier: LogVerifier, note: str) -> Iterator[WitnessedHead]:
    """Yield the head of a note that both the log and the witness signed."""
    try:
        head = open_checkpoint(note, verifier)
        body, lines = split_note(note)
        found = verified_cosignatures(lines, body, [witness.cosigner])
    except (NoteError, CheckpointError):
        return
    for _cosigner, _line, at in found[:1]:
        yield WitnessedHead(witness.name, head.size, head.root, note, datetime.fromtimestamp(at, tz=UTC))
