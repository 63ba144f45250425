"""What sharing does in the background and by the clock. Arguments are ids."""

from typing import Any
from uuid import UUID

import structlog
from celery import Task, shared_task
from kombu.exceptions import OperationalError

from consent.clock import check_clock
from sharing.services import export, viewing
from sharing.services.files import check, collect

_TRIES = 4

logger = structlog.get_logger(__name__)


@shared_task(bind=True, max_retries=_TRIES - 1)
def make_export(self: "Task[Any, Any]", export_id: str) -> None:
    """Make the file with everything about a citizen; what went wrong is tried a few times, and then said."""
    try:
        export.make_export(export_id=UUID(export_id))
    except Exception as error:
        if self.request.retries >= _TRIES - 1:
            export.fail_export(export_id=UUID(export_id))
            raise
        raise self.retry(exc=error, countdown=5 * 2**self.request.retries) from error


@shared_task
def keep_exports() -> int:
    """Go on with the files that a killed worker left, and throw away those whose week is over; return how many."""
    for export_id in export.waiting_exports():
        make_export.delay(str(export_id))
    return export.remove_exports()


@shared_task
def check_upload(upload_id: str) -> None:
    """Check an upload whose bytes are all there; what cannot be checked now is checked when the beat comes by."""
    check.check_upload(upload_id=UUID(upload_id))


@shared_task
def check_uploads() -> int:
    """Go on with the checks that the queue or a killed worker lost; return how many."""
    lost = collect.unchecked_uploads()
    for upload_id in lost:
        check_upload.delay(str(upload_id))
    return len(lost)


@shared_task
def remove_abandoned_uploads() -> int:
    """Forget the uploads that nobody went on with; return how many."""
    check_clock()
    return collect.remove_abandoned_uploads()


@shared_task
def collect_files() -> int:
    """Delete what lies in the file storage and nothing points at; return how many."""
    check_clock()
    return collect.collect_files()


@shared_task
def end_unseen_viewings() -> int:
    """End the viewings of files that are over without a word; return how many."""
    return viewing.end_unseen_viewings()


def kick_export(export_id: UUID) -> None:
    """Have the file made soon; a queue that is away delays it until the beat comes by."""
    try:
        make_export.delay(str(export_id))
    except OperationalError:
        logger.warning("the queue does not answer", task="make_export")
