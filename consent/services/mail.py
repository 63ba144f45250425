"""Messages to citizens: written down in the same commit as what they tell of, and sent after it.

Sending is `consent/mail/sending.py`. Nothing here knows an address or a text.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from consent.mail.kick import kick_sending
from consent.models import Citizen, Consent, Mail, Mandate

# About what a guardian answers or watches over for a child; the rest is for the citizen alone.
FOR_GUARDIANS_TOO = frozenset(
    {
        Mail.Kind.ASKED,
        Mail.Kind.ASKED_TO_ALLOW,
        Mail.Kind.USED,
        Mail.Kind.ABOUT_TO_END,
        Mail.Kind.ENDED,
        Mail.Kind.VERSION_CHANGED,
        Mail.Kind.OFFER_ANSWERED,
    }
)


def post_mail(
    *, citizen: Citizen, kind: Mail.Kind, about: object, consent: Consent | None = None, at: datetime
) -> None:
    """Put a message to `citizen` in the outbox, in the caller's transaction; a child's guardians are told as well.

    `about` names the event, at most 100 characters: the same event gives one message however often it is posted.
    Never raises for who has no address or wants no mail: that is looked at when it is sent.
    """
    receivers = [citizen.pk]
    if kind in FOR_GUARDIANS_TOO:
        guardians = Mandate.objects.about(citizen).guardians().in_force(at)
        receivers += guardians.values_list("holder_id", flat=True)
    post_mails(
        Mail(citizen_id=receiver, kind=kind, about=str(about), consent=consent, next_attempt_at=at, created_at=at)
        for receiver in dict.fromkeys(receivers)
    )


def post_mails(mails: Iterable[Mail]) -> None:
    """Put messages in the outbox, in the caller's transaction. Those that stand there already are left alone."""
    Mail.objects.bulk_create(mails, batch_size=500, ignore_conflicts=True)
    if not any(hook[1] is kick_sending for hook in connection.run_on_commit):
        # Once a transaction. A queue that is away delays the message until the beat comes by, and undoes nothing.
        transaction.on_commit(kick_sending, robust=True)
