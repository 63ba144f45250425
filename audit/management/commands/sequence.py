import logging
import threading
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, InterfaceError, OperationalError, connection

from audit.errors import DomainError
from audit.fork_guard.memory import MemoryMoved, MemoryUnavailable
from audit.fork_guard.refusals import MEMORY_UNAVAILABLE, REFUSAL_KINDS, LogRefused
from audit.management.stopping import stopped_by_signal
from audit.services.alarm import end_alarm, raise_alarm
from audit.services.sequence import HeadMoved, Sequenced, compare_with_witnesses, sequence_pending

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
ENTRIES_A_TICK = 4096
ALARMS_EVERY_SECONDS = 60.0
# Whoever starts it again by itself needs to know that this time that does not help.
REFUSED = 3


class Command(BaseCommand):
    help = "Give entries their place in the log and sign checkpoints, until told to stop."
    # The pending rows without a place that were told of: a tick is too often to tell the same again.
    told: tuple[UUID, ...] = ()
    # When to end the alarms again that say that nothing is signed: another process may have raised one since.
    end_alarms_at = 0.0

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is waiting, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["once"]:
                compare_with_witnesses()
                while self._report(sequence_pending(limit=ENTRIES_A_TICK)).added:
                    pass
            else:
                self._run(stopped_by_signal())
        except LogRefused as error:
            # Going on could fork the log, and trying again would change nothing: this is for a person.
            self._raise_alarm(error.kind, str(error))
            raise CommandError(str(error), returncode=REFUSED) from error
        except (MemoryMoved, MemoryUnavailable) as error:
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(str(error.detail)) from error

    def _run(self, stopped: threading.Event) -> None:
        wait = TICK_SECONDS
        compared = False
        while not stopped.is_set():
            begun = time.monotonic()
            try:
                if not compared:
                    compare_with_witnesses()
                    compared = True
                tick = self._report(sequence_pending(limit=ENTRIES_A_TICK))
            except (HeadMoved, MemoryMoved, IntegrityError) as error:
                # Also who lost the lock without noticing, and found the next leaf taken.
                logger.warning("gave way: %s", error)
            except MemoryUnavailable as error:
                # Nothing is signed that would be remembered by nobody. Entries wait as pending rows meanwhile.
                logger.warning("the memory outside the database does not answer, waiting: %s", error)
                self._raise_alarm(MEMORY_UNAVAILABLE, str(error))
                wait = min(max(2 * wait, TICK_SECONDS), LONGEST_WAIT_SECONDS)
            except (OperationalError, InterfaceError) as error:
                # The database is away, restarting or failing over. Entries wait as pending rows meanwhile.
                logger.warning("the database does not answer, waiting: %s", error)
                connection.close()
                wait = min(max(2 * wait, TICK_SECONDS), LONGEST_WAIT_SECONDS)
            else:
                # From beginning to beginning: what comes in while a long tick works waits for no pause besides.
                rest = TICK_SECONDS - (time.monotonic() - begun)
                wait = 0.0 if tick.added == ENTRIES_A_TICK else max(0.0, rest)
            stopped.wait(wait)

    def _report(self, tick: Sequenced) -> Sequenced:
        if tick.added:
            logger.info("added %d leaves", tick.added)
        if tick.left_out and tick.left_out != self.told:
            logger.error(
                "%d pending rows contradict the log and get no place, the first of them that of entry %s;"
                " the others go on. Run manage.py verify_log",
                len(tick.left_out),
                tick.left_out[0],
            )
        if not tick.gave_way:
            self.told = tick.left_out
            self._end_alarms()
        return tick

    def _raise_alarm(self, kind: str, explanation: str) -> None:
        self.end_alarms_at = 0.0
        try:
            raise_alarm(kind=kind, where=settings.LOG_ORIGIN, explanation=explanation)
        except (OperationalError, InterfaceError):
            # The database is away too. What was found is found again when it is back.
            connection.close()

    def _end_alarms(self) -> None:
        now = time.monotonic()
        if now >= self.end_alarms_at:
            for kind in sorted(REFUSAL_KINDS | {MEMORY_UNAVAILABLE}):
                end_alarm(kind=kind, where=settings.LOG_ORIGIN)
            self.end_alarms_at = now + ALARMS_EVERY_SECONDS
