"""What consent does by the clock."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from consent.clock import check_clock
from consent.keys import orders
from consent.keys.rotation import rewrap, turn
from consent.mail import sending
from consent.services import coming_of_age, expire, figures, reminders
from consent.services import tell_of_version as telling
from consent.services.purposes import end_pilots as retire_ended_pilots


@shared_task
def expire_consents() -> int:
    """End the consents whose end has come."""
    check_clock()
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
    check_clock()
    return coming_of_age.end_mandates()


@shared_task
def remove_old_mails() -> int:
    """Forget the messages that were settled long ago."""
    return sending.remove_old_mails()


@shared_task
def end_pilots() -> int:
    """Retire the purposes whose pilot is over."""
    check_clock()
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


# Some seconds of work, so that a worker that is asked to stop does so soon.
_KEYS_PER_TASK = 100_000


@shared_task
def turn_epochs() -> None:
    """Start and end epochs of keys as each is due."""
    check_clock()
    if turn.turn_epochs(now=timezone.now()):
        rewrap_keys.delay()


@shared_task
def rewrap_keys() -> int:
    """Wrap keys of earlier epochs anew, and go on in another task while there are any."""
    done = rewrap.rewrap_keys(most=_KEYS_PER_TASK)
    if done >= _KEYS_PER_TASK:
        rewrap_keys.delay()
    return done


@shared_task
def carry_out_key_orders() -> int:
    """Destroy and suspend the keys in a keystore apart that a crash left."""
    return orders.carry_out_orders()


@shared_task
def sweep_keys() -> int:
    """Destroy the keys in a keystore apart that no consent knows."""
    check_clock()
    return orders.sweep_keys()
