"""What the log does in the background, and by the clock. Each is safe to run twice."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task

from audit.monitor import alarm_mail
from audit.services import deferral, partitions, timestamp, verification_run
from audit.services import find_patterns as patterns
from audit.services import watch_contests as contest_clock
from audit.services import watch_erasing as watching


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
