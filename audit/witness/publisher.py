"""Takes the newest checkpoint to every witness, in rounds, and publishes it when enough have signed.

A round is about one checkpoint: cosignatures of one size add up, those of different sizes do not. All witnesses are
asked at once, each in a thread of its own, so that one that hangs keeps nobody waiting but itself; it is asked again
when its thread is back. A round ends when everybody has answered, or a moment after the policy is met.

What is known of a witness besides its cosignatures (how long it fails, when it is asked again) is not kept: it is
found out again.
"""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue

import requests
from django.conf import settings
from django.utils import timezone

from audit.models import Alarm, Checkpoint, Cosignature
from audit.services.alarm import end_alarm, raise_alarm
from audit.services.publish import keep_cosignature, publish_if_enough, witnesses_of
from audit.tree.merkle import consistency_spans
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import prove_from_tiles
from audit.witness.ask import Answer, Contradicted, Cosigned, Failed, SawAnotherSize, add_checkpoint
from audit.witness.policy import Policy, Witness
from audit.witness.request import AddCheckpoint

logger = logging.getLogger(__name__)

# Alarms of this module; `where` is the log, or the name that the policy has for the witness.
UNPUBLISHED = "unpublished"
CONTRADICTED = "witness-contradicts"
SILENT = "witness-silent"
KINDS = (UNPUBLISHED, CONTRADICTED, SILENT)

# Its own word for where it stands and one more, in case it moved meanwhile.
MOST_TRIES = 3
# How long a round waits for the others once the policy is met.
GRACE_SECONDS = 1.0
# Between two rounds: a witness need not see every checkpoint, and each round is a row and a request a witness.
ROUND_SECONDS = 1.0
FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 60.0
TOLD_AGAIN_SECONDS = 30.0


@dataclass(slots=True)
class _Contact:
    """What this process knows of one witness. It is asked about `asking` leaves at the moment, None if it is not."""

    witness: Witness
    session: requests.Session
    old_size: int
    asking: int | None = None
    tries: int = 0
    failing_since: datetime | None = None
    rest_seconds: float = 0.0
    rests_until: float = 0.0


@dataclass(slots=True)
class _Round:
    """One checkpoint, who need not be asked about it any more, and since when the policy is met."""

    checkpoint: Checkpoint
    answered: set[str]
    met_at: float | None


class Publisher:
    """Makes rounds. `step` does what can be done now and waits a little for answers; call it again and again."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._seconds = settings.LOG_WITNESS_TIMEOUT.total_seconds()
        self._began = timezone.now()
        self._alarms = _Alarms()
        self._answers: SimpleQueue[tuple[_Contact, AddCheckpoint, int, Answer]] = SimpleQueue()
        self._round: _Round | None = None
        self._next_round_at = 0.0
        # The size that everybody has signed: there is nothing to do until there is a larger one.
        self._complete: int | None = None
        self._contacts = [
            _Contact(witness, requests.Session(), _last_cosigned(witness)) for witness in policy.witnesses
        ]

    def step(self, *, wait: float) -> None:
        """Begin a round if there is news, ask who is free, and take the answers that come within `wait` seconds."""
        if self._round is None and time.monotonic() >= self._next_round_at:
            self._begin_round()
        if self._round:
            for contact in self._contacts:
                self._ask(contact, self._round)
        try:
            taken = self._answers.get(timeout=wait)
            while True:
                self._take(*taken)
                taken = self._answers.get_nowait()
        except Empty:
            pass
        if self._round:
            self._end_round(self._round)
        self._look_at_delay()

    def publish_once(self) -> bool:
        """Take the newest checkpoint to everybody once; return whether it is published at the end."""
        newest = Checkpoint.objects.newest_first().first()
        if newest is None:
            return False
        deadline = time.monotonic() + MOST_TRIES * self._seconds + GRACE_SECONDS
        self._begin_round()
        while self._round and time.monotonic() < deadline:
            self.step(wait=0.05)
        return publish_if_enough(size=newest.size, policy=self.policy)

    # --- Rounds ---------------------------------------------------------------------------------------------------

    def _begin_round(self) -> None:
        newest = Checkpoint.objects.newest_first().first()
        if newest is None or newest.size == self._complete:
            return
        for contact in self._contacts:
            if contact.old_size > newest.size:
                self._contradict(contact, contact.old_size, newest.size)
        cosigned = witnesses_of(size=newest.size, policy=self.policy)
        published = publish_if_enough(size=newest.size, policy=self.policy)
        if published and len(cosigned) == len(self._contacts):
            self._complete = newest.size
            return
        if published and not any(self._is_free(one) for one in self._contacts if one.witness.name not in cosigned):
            return
        now = time.monotonic()
        self._round = _Round(newest, cosigned, met_at=now if published else None)
        self._next_round_at = now + ROUND_SECONDS

    def _end_round(self, round_: _Round) -> None:
        now = time.monotonic()
        if round_.met_at is None and publish_if_enough(size=round_.checkpoint.size, policy=self.policy):
            round_.met_at = now
            logger.info("published the checkpoint over %d leaves", round_.checkpoint.size)
        everybody = all(contact.witness.name in round_.answered for contact in self._contacts)
        if everybody or (round_.met_at is not None and now - round_.met_at >= GRACE_SECONDS):
            self._round = None

    @staticmethod
    def _is_free(contact: _Contact) -> bool:
        return contact.asking is None and time.monotonic() >= contact.rests_until

    # --- One witness ----------------------------------------------------------------------------------------------

    def _ask(self, contact: _Contact, round_: _Round) -> None:
        size = round_.checkpoint.size
        if contact.witness.name in round_.answered or contact.asking is not None:
            return
        if not self._is_free(contact) or size < contact.old_size <= _newest_size():
            # It rests, or has seen a newer one by another publisher: this round goes on without it.
            round_.answered.add(contact.witness.name)
            return
        # Where it signed more than there is now, the log was set back: it is asked all the same, and says so.
        contact.old_size = min(contact.old_size, size)
        request = AddCheckpoint(contact.old_size, _proof(contact.old_size, size), round_.checkpoint.note)
        contact.asking = size
        contact.tries += 1

        def ask() -> None:
            answer = add_checkpoint(contact.witness, request, seconds=self._seconds, session=contact.session)
            self._answers.put((contact, request, size, answer))

        # A daemon: a witness that holds its thread must not hold the end of this process.
        threading.Thread(target=ask, name=f"witness {contact.witness.name}", daemon=True).start()

    def _take(self, contact: _Contact, request: AddCheckpoint, size: int, answer: Answer) -> None:
        contact.asking = None
        name = contact.witness.name
        match answer:
            case Cosigned(line, _at):
                keep_cosignature(size=size, cosigner=contact.witness.cosigner, line=line)
                publish_if_enough(size=size, policy=self.policy)
                self._well(contact, size)
            case SawAnotherSize(seen) if seen <= size and seen != request.old_size and contact.tries < MOST_TRIES:
                contact.old_size = seen
                return  # asked again in this round
            case SawAnotherSize(seen) if size < seen <= _newest_size():
                contact.old_size, contact.tries = seen, 0
            case SawAnotherSize(seen) if seen > (newest := _newest_size()):
                self._unwell(contact, f"it says that it saw {seen} leaves, and {newest} are signed")
                self._contradict(contact, seen, newest)
            case SawAnotherSize(seen):
                self._unwell(contact, f"it saw {seen} leaves, and refuses a proof from there {contact.tries} times")
            case Contradicted():
                self._unwell(contact, f"it refuses our proof from {request.old_size} to {size} leaves")
                self._alarms.go(
                    CONTRADICTED,
                    name,
                    f"The witness {name} refuses the proof that the log of {size} leaves extends the one of"
                    f" {request.old_size} that it saw: it saw other leaves. Run manage.py verify_log, and compare the"
                    " checkpoint that it keeps with ours.",
                )
            case Failed(reason):
                self._unwell(contact, reason)
        if self._round and self._round.checkpoint.size == size:
            self._round.answered.add(name)

    def _contradict(self, contact: _Contact, seen: int, newest: int) -> None:
        """Say that a witness saw more than there is: by its word, or by its signature that we keep."""
        self._alarms.go(
            CONTRADICTED,
            contact.witness.name,
            f"The witness {contact.witness.name} saw a checkpoint of ours over {seen} leaves, but the newest that was"
            f" signed is over {newest}. Unless it is wrong, this database was restored from a backup, or checkpoints"
            " were deleted: stop the sequencer, and recover what is missing.",
        )

    def _well(self, contact: _Contact, size: int) -> None:
        contact.old_size, contact.tries, contact.rest_seconds = max(size, contact.old_size), 0, 0.0
        contact.failing_since = None
        self._alarms.end(SILENT, contact.witness.name)
        self._alarms.end(CONTRADICTED, contact.witness.name)

    def _unwell(self, contact: _Contact, reason: str) -> None:
        contact.tries = 0
        contact.rest_seconds = min(max(2 * contact.rest_seconds, FIRST_REST_SECONDS), LONGEST_REST_SECONDS)
        contact.rests_until = time.monotonic() + contact.rest_seconds
        now = timezone.now()
        if contact.failing_since is None:
            contact.failing_since = now
            logger.warning("no cosignature of the witness %s: %s", contact.witness.name, reason)
        if now - contact.failing_since >= settings.LOG_PROMISED_DELAY:
            explanation = f"The witness {contact.witness.name} signs nothing: {reason}."
            self._alarms.go(SILENT, contact.witness.name, explanation)

    def _look_at_delay(self) -> None:
        """Raise an alarm when something signed is not published within the promised delay."""
        published = Checkpoint.objects.published_size()
        signed = Checkpoint.objects.order_by("size")
        oldest = (signed if published is None else signed.filter(size__gt=published)).first()
        now = timezone.now()
        if oldest is None or now - oldest.at <= settings.LOG_PROMISED_DELAY:
            self._alarms.end(UNPUBLISHED, settings.LOG_ORIGIN)
        # Witnesses cannot sign while nobody asks them: before this process began, it was not their fault.
        elif now - self._began > settings.LOG_PROMISED_DELAY:
            self._alarms.go(
                UNPUBLISHED,
                settings.LOG_ORIGIN,
                f"The checkpoint over {oldest.size} leaves was signed at {oldest.at:%H:%M:%S} UTC and is not published:"
                " the witnesses that the policy asks for do not sign it. The log goes on; readers see it as it was.",
            )


class _Alarms:
    """Alarms that go on: not written again with every try, nor ended again with every success."""

    def __init__(self) -> None:
        going = Alarm.objects.going().filter(kind__in=KINDS)
        self._told_at: dict[tuple[str, str], float] = {(one.kind, one.where): float("-inf") for one in going}

    def go(self, kind: str, where: str, explanation: str) -> None:
        now = time.monotonic()
        if now - self._told_at.get((kind, where), float("-inf")) >= TOLD_AGAIN_SECONDS:
            raise_alarm(kind=kind, where=where, explanation=explanation)
            self._told_at[kind, where] = now

    def end(self, kind: str, where: str) -> None:
        if (kind, where) in self._told_at:
            end_alarm(kind=kind, where=where)
            del self._told_at[kind, where]


def _last_cosigned(witness: Witness) -> int:
    """Return the largest size that we have its cosignature of; it tells us itself when it saw another."""
    newest = Cosignature.objects.of_key(witness.cosigner.name, witness.cosigner.key_id.hex()).first()
    return newest.size if newest else 0


def _proof(old_size: int, size: int) -> list[bytes]:
    if not 0 < old_size < size:
        return []
    return prove_from_tiles(consistency_spans(old_size, size), size=size, reader=StoredTiles())


def _newest_size() -> int:
    return Checkpoint.objects.newest_first().values_list("size", flat=True).first() or 0
