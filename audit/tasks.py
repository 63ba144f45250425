"""What the log does in the background, and by the clock. Each is safe to run twice."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

from audit.errors import DomainError
from audit.monitor import alarm_mail
from audit.services import deferral, export, partitions, timestamp, verification_run
from audit.services import find_patterns as patterns
from audit.services import watch_contests as contest_clock
from audit.services import watch_erasing as watching

_SENDING_SECONDS = 40
_TRIES = 4

logger = logging.getLogger(__name__)


@shared_task
def end_deferrals() -> int:
    """End the deferrals whose day has come, and tell the residents concerned."""
    return deferral.end_deferrals()


@shared_task
def make_partitions() -> list[str]:
    """Make the partitions of the coming months."""
    return partitions.make_partitions()


@shared_task
def watch_erasing() -> list[str]:
    """Raise an alarm where what is due is not erased."""
    return watching.watch_erasing()


@shared_task
def timestamp_checkpoint() -> int | None:
    """Have the newest checkpoint timestamped; return over how many leaves it was."""
    stored = timestamp.timestamp_newest()
    return stored.size if stored else None


@shared_task
def tell_of_alarms() -> int:
    """Send the mails about alarms that are due."""
    return alarm_mail.tell_of_alarms()


@shared_task
def verify_further(run_id: str) -> None:
    """Go on with a verification that somebody asked for, and in another task while there is more."""
    if not verification_run.verify_further(UUID(run_id)):
        verify_further.delay(run_id)


@shared_task
def resume_verification() -> None:
    """Go on with the verification whose own task was lost with its worker."""
    for run_id in verification_run.forsaken():
        verify_further.delay(str(run_id))


@shared_task
def watch_contests() -> int:
    """Tell privacy officers of the contests that wait, and raise an alarm for those that are late."""
    return contest_clock.watch_contests()


@shared_task
def find_patterns() -> int:
    """Search what came into the log for unusual patterns."""
    return patterns.find_patterns(at_most=timedelta(minutes=2))


@shared_task
def send_logboek() -> int:
    """Send what waits to the collectors of the Logboek Dataverwerkingen; return how many records were taken."""
    # OpenTelemetry takes long to import, and a web process only puts this task in the queue.
    from audit.services import logboek

    return sum(logboek.send_backlog(one, seconds=_SENDING_SECONDS).taken for one in logboek.destinations())


@shared_task(bind=True, max_retries=_TRIES - 1)
def make_log_export(self: "Task[Any, Any]", export_id: str) -> None:
    """Make a file of the log; what went wrong is tried a few times, and then said."""
    try:
        export.make_export(export_id=UUID(export_id))
    except SoftTimeLimitExceeded:
        # It would take as long the next time.
        export.fail_export(export_id=UUID(export_id), failure="too-long")
    except Exception as error:
        if self.request.retries >= _TRIES - 1:
            code = error.code if isinstance(error, DomainError) else "failed"
            export.fail_export(export_id=UUID(export_id), failure=code)
            raise
        raise self.retry(exc=error, countdown=5 * 2**self.request.retries) from error


@shared_task
def keep_log_exports() -> int:
    """Go on with the files that a killed worker left, and throw away those whose week is over; return how many."""
    for export_id in export.waiting_exports():
        make_log_export.delay(str(export_id))
    return export.remove_exports()


def kick_log_export(export_id: UUID) -> None:
    """Have the file made soon; a queue that is away delays it until the beat comes by."""
    try:
        make_log_export.delay(str(export_id))
    except OperationalError:
        logger.warning("the queue does not answer: %s", "make_log_export")
