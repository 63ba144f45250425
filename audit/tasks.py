"""What the log does in the background. Each is safe to run twice."""

from uuid import UUID

from celery import shared_task

from audit.monitor import alarm_mail
from audit.services import verification_run


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
