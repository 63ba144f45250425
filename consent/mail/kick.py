"""Telling the queue that a message waits."""

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)

TASK = "consent.tasks.send_mails"


def kick_sending() -> None:
    """Have the messages that wait sent soon. Without a queue they wait for the beat, each minute."""
    try:
        # By its name: the task imports what imports this.
        current_app.send_task(TASK, ignore_result=True)
    except OperationalError:
        logger.warning("mail waits for the beat", reason="the queue does not answer")
