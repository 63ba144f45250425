import logging
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection

from audit.management.stopping import stopped_by_signal
from audit.models import Checkpoint
from audit.witness.configured import configured_policy
from audit.witness.policy import Policy
from audit.witness.publisher import Publisher

logger = logging.getLogger(__name__)

STEP_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0


class Command(BaseCommand):
    help = "Take checkpoints to the witnesses and publish those that enough of them sign, until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="take the newest checkpoint round once; end with 1 if it is not published",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        policy = configured_policy()
        if options["once"]:
            self._publish_once(policy)
            return
        stopped = stopped_by_signal()
        if policy is None:
            logger.info("LOG_WITNESS_POLICY names no witnesses: everything that is signed is published")
            stopped.wait()
        else:
            self._run(policy, stopped)

    def _publish_once(self, policy: Policy | None) -> None:
        if policy is not None and not Publisher(policy).publish_once():
            raise CommandError("The newest checkpoint is not published: not enough witnesses signed it.")
        if newest := Checkpoint.objects.newest_published():
            self.stdout.write(newest.note, ending="")

    def _run(self, policy: Policy, stopped: threading.Event) -> None:
        publisher: Publisher | None = None
        wait = STEP_SECONDS
        while not stopped.is_set():
            try:
                publisher = publisher or Publisher(policy)
                publisher.step(wait=STEP_SECONDS)
            except (OperationalError, InterfaceError) as error:
                # The database is away, restarting or failing over. What is published stays what it was meanwhile.
                logger.warning("the database does not answer, waiting: %s", error)
                connection.close()
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
                stopped.wait(wait)
            else:
                wait = STEP_SECONDS
