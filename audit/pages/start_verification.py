"""Telling the queue that an auditor asked for a verification."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

from audit.models import VerificationRun

TASK = "audit.tasks.verify_further"

logger = logging.getLogger(__name__)


def start_verification(run: VerificationRun) -> None:
    """Have a run begin soon. Without a queue it waits for the beat, which looks for runs that nobody works on."""
    try:
        current_app.send_task(TASK, args=[str(run.pk)], ignore_result=True)
    except OperationalError:
        logger.warning("verification waits for the beat: the queue does not answer")
