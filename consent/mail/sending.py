"""Sending what waits in the outbox.

At least once: a message is claimed in a commit of its own, sent, and then marked as sent. A worker that is killed
after the server took a message and before the mark leaves one that is sent once more when its claim has run out.
SMTP has no way to do better, and the alternative, marking first, would lose messages. Each message keeps one
Message-ID for ever, by which mail programs show a message that came twice once (RFC 5322 section 3.6.4).
"""

from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from consent.errors import KeyDestroyed
from consent.mail.secret import confirmation_hash, confirmation_secret, open_address
from consent.mail.texts import mail_text
from consent.models import Mail, MailAddress

BATCH = 20
# Longer than a task can live, so that nobody takes a message that a living worker holds.
CLAIMED_FOR = timedelta(minutes=15)
# Then a run leaves the rest to the next: the task itself may last ten minutes.
LONGEST_RUN = timedelta(minutes=5)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=6)
# Some two days of trying.
MOST_ATTEMPTS = 16
# Longer than an event can still be told of a second time.
KEPT_FOR = timedelta(days=90)

logger = structlog.get_logger(__name__)


def send_mails() -> int:
    """Send every message whose time has come; return how many were sent. Safe to run at the same time."""
    started = timezone.now()
    sent = 0
    while timezone.now() - started < LONGEST_RUN and (claimed := _claim()):
        sent += _send_batch(claimed)
    return sent


def remove_old_mails() -> int:
    """Forget what was settled long ago: who was told what, and when, is kept no longer than it is of use."""
    old = Mail.objects.exclude(state=Mail.State.WAITING).filter(done_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


def failed_lately() -> int:
    """Return how many messages were given up in the last day."""
    return Mail.objects.filter(state=Mail.State.FAILED, done_at__gt=timezone.now() - timedelta(days=1)).count()


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: a minute, then twice as long each time, at most six hours."""
    return min(FIRST_DELAY * (1 << min(attempts - 1, 20)), LONGEST_DELAY)


@transaction.atomic
def _claim() -> Sequence[Mail]:
    now = timezone.now()
    due = (
        Mail.objects.filter(state=Mail.State.WAITING, next_attempt_at__lte=now)
        .order_by("next_attempt_at")
        .select_for_update(skip_locked=True, no_key=True)
        .values_list("pk", flat=True)[:BATCH]
    )
    claimed: list[UUID] = list(due)
    Mail.objects.filter(pk__in=claimed).update(attempts=F("attempts") + 1, next_attempt_at=now + CLAIMED_FOR)
    return list(
        Mail.objects.filter(pk__in=claimed)
        .select_related("citizen__account", "consent__organisation")
        .order_by("created_at")
    )


def _send_batch(mails: Sequence[Mail]) -> int:
    connection = get_connection()
    try:
        return sum(_send(mail, connection) for mail in mails)
    finally:
        try:
            connection.close()
        except (SMTPException, OSError):
            # What was sent was sent; the server went away after it.
            logger.info("the mail server hung up")


def _send(mail: Mail, connection: BaseEmailBackend) -> bool:
    message = message_of(mail, connection)
    if message is None:
        _settle(mail, Mail.State.DROPPED)
        return False
    try:
        message.send()
    except ValueError as error:
        # No address at all, such as one with a line break, which would write headers of its own.
        _failed(mail, error, for_good=True)
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        connection.close()
        _failed(mail, error, for_good=_code(error) >= 500)
    except (SMTPException, OSError) as error:
        connection.close()
        _failed(mail, error, for_good=False)
    else:
        _settle(mail, Mail.State.SENT)
        return True
    return False


def message_of(mail: Mail, connection: BaseEmailBackend | None = None) -> EmailMessage | None:
    """Write the e-mail of `mail`, loaded with what it needs; None when there is nobody to send it to."""
    citizen = mail.citizen
    stored = MailAddress.objects.filter(citizen=citizen).first()
    if stored is None or citizen.quiet or citizen.erased_at is not None or not citizen.account.is_active:
        return None
    link = reverse("my")
    try:
        if mail.kind == Mail.Kind.CONFIRM_ADDRESS:
            secret = confirmation_secret(citizen, mail.about)
            if confirmation_hash(secret) != stored.confirmation_hash:
                # Another address was filled in since, or this one was confirmed.
                return None
            link = reverse("confirm-address", args=[secret])
        elif stored.confirmed_at is None:
            return None
        address = open_address(citizen, bytes(stored.sealed))
    except KeyDestroyed:
        return None
    text = mail_text(
        kind=mail.kind,
        language=citizen.account.language,
        organisation=mail.consent.organisation.name if mail.consent else "",
        for_another=mail.consent is not None and mail.consent.citizen_id != citizen.pk,
        link=f"{settings.SERVICE_ADDRESS}{link}",
    )
    return EmailMessage(
        text.subject,
        text.body,
        to=[address],
        connection=connection,
        headers={
            "Message-ID": f"<{mail.pk}@{urlsplit(settings.SERVICE_ADDRESS).hostname}>",
            "Content-Language": citizen.account.language,
            # RFC 3834: no out-of-office answers to this.
            "Auto-Submitted": "auto-generated",
        },
    )


def _settle(mail: Mail, state: Mail.State) -> None:
    # Only what still waits: who was slower than its claim finds that another worker has settled it.
    Mail.objects.filter(pk=mail.pk, state=Mail.State.WAITING).update(state=state, done_at=timezone.now())


def _failed(mail: Mail, error: Exception, *, for_good: bool) -> None:
    # The kind of error only: its text can repeat the address.
    logger.warning("mail not sent", mail=str(mail.pk), attempts=mail.attempts, reason=type(error).__name__)
    if for_good or mail.attempts >= MOST_ATTEMPTS:
        _settle(mail, Mail.State.FAILED)
        return
    waiting = Mail.objects.filter(pk=mail.pk, state=Mail.State.WAITING)
    waiting.update(next_attempt_at=timezone.now() + delay_after(mail.attempts))


def _code(error: SMTPRecipientsRefused | SMTPDataError) -> int:
    """Return the reply code of the server (RFC 5321 section 4.2.1): 4xx for later, 5xx for never."""
    if isinstance(error, SMTPDataError):
        return int(error.smtp_code)
    return min(int(code) for code, _ in error.recipients.values())
