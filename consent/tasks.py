"""What consent does by the clock."""

from celery import shared_task

from consent.services import expire


@shared_task
def expire_consents() -> int:
    """End the consents whose end has come."""
    return expire.expire_consents()
