"""What the audit app does by the clock."""

from datetime import timedelta

from celery import shared_task

from audit.services import find_patterns as patterns


@shared_task
def find_patterns() -> int:
    """Search what came into the log for unusual patterns."""
    return patterns.find_patterns(at_most=timedelta(minutes=2))
