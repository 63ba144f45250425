"""Mails that an alarm began and that it is over, to the addresses in LOG_ALARM_EMAIL.

At least once: a mail is sent and then marked as sent, in one transaction that holds the alarm. A worker that is killed
in between leaves one that is sent once more, with the same Message-ID, by which mail programs show it once.
"""

import logging
from datetime import datetime
from smtplib import SMTPException
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from audit.models import Alarm
from audit.monitor.alarm_kinds import alarm_kind

# A storm of alarms is one fault. The rest comes with the next run, a minute later.
MOST_AT_ONCE = 20

logger = logging.getLogger(__name__)


def tell_of_alarms() -> int:
    """Send the mails that are due, oldest first; return how many were sent. What fails is tried again next time."""
    if not settings.LOG_ALARM_EMAIL:
        return 0
    sent = 0
    due = list(Alarm.objects.to_tell().order_by("raised_at").values_list("pk", flat=True)[:MOST_AT_ONCE])
    for alarm_id in due:
        try:
            sent += _tell(alarm_id)
        except (SMTPException, OSError) as error:
            # The kind only: its text can repeat addresses. The next would fail as well, and hold up the worker.
            logger.warning("mail about an alarm not sent, will be tried again: %s", type(error).__name__)
            break
    return sent


@transaction.atomic
def _tell(alarm_id: UUID) -> bool:
    # Whoever holds it is sending it.
    alarm = Alarm.objects.to_tell().select_for_update(skip_locked=True).filter(pk=alarm_id).first()
    if alarm is None:
        return False
    _message(alarm).send()
    now = timezone.now()
    # One that began and ended between two runs is one mail.
    alarm.told_at = alarm.told_at or now
    alarm.told_over_at = now if alarm.ended_at else None
    alarm.save(update_fields=["told_at", "told_over_at"])
    return True


def _message(alarm: Alarm) -> EmailMessage:
    kind = alarm_kind(alarm.kind)
    with override(settings.LANGUAGE_CODE):
        over = alarm.ended_at is not None
        lines = [
            str(kind.meaning),
            str(kind.remedy),
            _("Where: %(where)s") % {"where": alarm.where},
            _("Since: %(moment)s") % {"moment": _moment(alarm.raised_at)},
        ]
        if alarm.ended_at is not None:
            lines = [_("This is over since %(moment)s.") % {"moment": _moment(alarm.ended_at)}, *lines[2:]]
        lines += [f"{settings.SERVICE_ADDRESS}{reverse('oversight-alarms')}", alarm.explanation]
        title = _("Over: %(alarm)s") if over else _("Alarm: %(alarm)s")
        name, host = f"{alarm.pk}-{'over' if over else 'going'}", urlsplit(settings.SERVICE_ADDRESS).hostname
        return EmailMessage(
            title % {"alarm": kind.title},
            "\n\n".join(lines) + "\n",
            to=list(settings.LOG_ALARM_EMAIL),
            headers={
                "Message-ID": f"<{name}@{host}>",
                # RFC 3834: no out-of-office answers to this.
                "Auto-Submitted": "auto-generated",
            },
        )


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
