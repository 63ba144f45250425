"""E-mail to the privacy officer of an organisation: that a contest waits, or is due soon, and never what it says.

It goes at once and not through the outbox, which knows citizens. Who sends it asks again when it fails.
"""

import re
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.dispatch import receiver
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from audit import signals
from audit.models import Contest
from audit.services.alarm import end_alarm, raise_alarm
from consent.models import Organisation

NOBODY_TO_TELL = "contest-nobody-to-tell"

# `privacy_contact` is written for people: a name, and mostly an address after it.
_ADDRESS = re.compile(r"[^\s,;:<>()\"']+@[^\s,;:<>()\"']+\.[^\s,;:<>()\"'.]+")


def address_in(contact: str) -> str:
    """Return the e-mail address that stands in a contact as it is written for people, or ""."""
    found = _ADDRESS.search(contact)
    return found.group() if found else ""


@receiver(signals.contest_waits, dispatch_uid="tell privacy officer of contest")
def tell_privacy_officer(*, contest: Contest, reminder: bool, **rest: Any) -> None:
    """Send it in Dutch, the language of the desk; without an address there is an alarm in its place.

    Raises OSError or SMTPException, which is one, when the server does not take it.
    """
    contacts = Organisation.objects.filter(oin=contest.organisation).values_list("privacy_contact", flat=True)
    address = address_in(contacts.first() or "")
    where = f"organisation {contest.organisation}"
    if not address:
        raise_alarm(
            kind=NOBODY_TO_TELL,
            where=where,
            explanation="a contest of a resident waits, and the privacy contact of the organisation has no e-mail"
            " address: add it, and tell the privacy officer to look at /oversight/contests/",
        )
        return
    end_alarm(kind=NOBODY_TO_TELL, where=where)
    with override("nl"):
        message = _message(contest, address, reminder)
    message.send()


def _message(contest: Contest, address: str, reminder: bool) -> EmailMessage:
    day = {"day": date_format(contest.due_on, "DATE_FORMAT")}
    sentences = [
        _("Hello,"),
        _("A resident is of the opinion that a line in the log of Deelwijs about your organisation is wrong."),
        _("The law gives this resident an answer on %(day)s at the latest.") % day,
        _("Sign in to read it and to answer:"),
        f"{settings.SERVICE_ADDRESS}{reverse('oversight-contest', args=[contest.pk])}",
        "Deelwijs",
    ]
    return EmailMessage(
        _("An answer is due soon") if reminder else _("A resident waits for an answer"),
        "\n\n".join(sentences) + "\n",
        to=[address],
        # RFC 3834: no out-of-office answers to this.
        headers={"Content-Language": "nl", "Auto-Submitted": "auto-generated"},
    )
