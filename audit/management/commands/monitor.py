import logging
import threading
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from audit.errors import DomainError
from audit.management.stopping import stopped_by_signal
from audit.services.watch import Look, watch_log

logger = logging.getLogger(__name__)

LONGEST_SHARE = timedelta(minutes=10)


class Command(BaseCommand):
    help = "Watch the log and raise alarms, until told to stop. One is enough, on a machine of its own at best."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once, then end; with 1 if an alarm is going")

    def handle(self, *args: Any, **options: Any) -> None:
        every: timedelta = settings.LOG_MONITOR_EVERY
        try:
            if options["once"]:
                look = watch_log(now=timezone.now(), since_last=every)
                self.stdout.write(f"{look.recomputed} leaves were recomputed, {look.going} alarms are going.")
                if look.going:
                    raise CommandError("See /oversight/alarms/.", returncode=1)
            else:
                self._run(stopped_by_signal(), every)
        except DomainError as error:
            raise CommandError(str(error.detail)) from error

    def _run(self, stopped: threading.Event, every: timedelta) -> None:
        since_last = every
        last = timezone.now()
        while not stopped.is_set():
            try:
                self._tell(watch_log(now=timezone.now(), since_last=min(since_last, LONGEST_SHARE)))
            except (OperationalError, InterfaceError) as error:
                # The database is away, restarting or failing over: the next look is as good.
                logger.warning("the database does not answer, waiting: %s", error)
                connection.close()
            stopped.wait(every.total_seconds())
            since_last, last = max(timezone.now() - last, every), timezone.now()

    def _tell(self, look: Look) -> None:
        # Every ten seconds the same: what is wrong, the alarms say themselves.
        logger.debug("recomputed %d leaves, %d alarms are going", look.recomputed, look.going)
