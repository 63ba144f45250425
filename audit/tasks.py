"""What the log does by the clock."""

from celery import shared_task

from audit.services import watch_contests as watching


@shared_task
def watch_contests() -> int:
    """Tell privacy officers of the contests that wait, and raise an alarm for those that are late."""
    return watching.watch_contests()
