"""What the log does in the background and by the clock. Arguments are ids."""

import logging
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

from audit.errors import DomainError
from audit.services import export, logboek

_SENDING_SECONDS = 40
_TRIES = 4

logger = logging.getLogger(__name__)


@shared_task
def send_logboek() -> int:
    """Send what waits to the collectors of the Logboek Dataverwerkingen; return how many records were taken."""
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
