"""What the log does by the clock."""

from celery import shared_task

from audit.services import deferral


@shared_task
def end_deferrals() -> int:
    """End the deferrals whose day has come, and tell the residents concerned."""
    return deferral.end_deferrals()
