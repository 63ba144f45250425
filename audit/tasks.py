"""What the log does by the clock."""

from celery import shared_task

from audit.services import deferral, partitions, timestamp
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
