"""What consent does by the clock."""

from uuid import UUID

from celery import shared_task

from consent.mail import sending
from consent.services import coming_of_age, expire, figures, reminders
from consent.services import tell_of_version as telling
from consent.services.purposes import end_pilots as retire_ended_pilots


@shared_task
def expire_consents() -> int:
    """End the consents whose end has come."""
    return expire.expire_consents()


@shared_task
def send_mails() -> int:
    """Send the e-mail that waits."""
    return sending.send_mails()


@shared_task
def remind_about_ends() -> int:
    """Tell citizens of what ends within two weeks."""
    return reminders.remind_about_ends()


@shared_task
def end_mandates() -> int:
    """End the mandates whose end has come, and ask anew who became 16."""
    return coming_of_age.end_mandates()


@shared_task
def remove_old_mails() -> int:
    """Forget the messages that were settled long ago."""
    return sending.remove_old_mails()


@shared_task
def end_pilots() -> int:
    """Retire the purposes whose pilot is over."""
    return retire_ended_pilots()


@shared_task
def count_figures() -> int:
    """Count what the log says, for the public register."""
    return figures.count_figures()


@shared_task
def tell_of_version(version_id: str) -> int:
    """Post a message to everyone who stands on a version that this one took the place of."""
    return telling.tell_of_version(UUID(version_id))


@shared_task
def tell_of_recent_versions() -> int:
    """Do so for versions whose own task was lost with its queue."""
    return telling.tell_of_recent_versions()
