"""What the service as a whole does by the clock."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def remove_expired() -> None:
    """Remove the sessions and tokens that have ended: they open nothing, and tell who was here and when."""
    call_command("clearsessions")
    call_command("cleartokens")
