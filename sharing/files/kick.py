"""Telling the queue that an upload waits for its check."""

from uuid import UUID

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)

TASK = "sharing.tasks.check_upload"


def kick_check(upload_id: UUID) -> None:
    """Have an upload checked soon. Without a queue it waits for the beat, each minute."""
    try:
        # By its name: the task imports what imports this.
        current_app.send_task(TASK, args=[str(upload_id)], ignore_result=True)
    except OperationalError:
        logger.warning("an upload waits for the beat", reason="the queue does not answer")
