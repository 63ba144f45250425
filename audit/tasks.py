"""What the log does in the background and by the clock. Arguments are ids."""

from celery import shared_task

from audit.services import logboek

_SENDING_SECONDS = 40


@shared_task
def send_logboek() -> int:
    """Send what waits to the collectors of the Logboek Dataverwerkingen; return how many records were taken."""
    return sum(logboek.send_backlog(one, seconds=_SENDING_SECONDS).taken for one in logboek.destinations())
