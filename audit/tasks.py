"""What the log does by the clock."""

from celery import shared_task

from audit.services import partitions


@shared_task
def make_partitions() -> list[str]:
    """Make the partitions of the coming months."""
    return partitions.make_partitions()
