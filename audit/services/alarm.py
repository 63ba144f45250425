"""Raise an alarm about the log, and end it: what a person must look at, wherever it was found.

An alarm is news about the service and no entry: it can be raised while the log cannot be written.
"""

import logging

from django.db import transaction
from django.utils import timezone

from audit.models import Alarm

logger = logging.getLogger(__name__)


def raise_alarm(*, kind: str, where: str, explanation: str) -> bool:
    """Say that something is wrong, in English as in the log of the program; return whether that is news.

    A cause that is found again keeps its alarm going: that one says since when, and when it was last seen.
    """
    now = timezone.now()
    with transaction.atomic():
        alarm, made = Alarm.objects.going().get_or_create(
            kind=kind, where=where, defaults={"explanation": explanation, "raised_at": now, "seen_at": now}
        )
        if not made:
            # The clock of the machine that saw it before may be ahead of this one.
            Alarm.objects.filter(pk=alarm.pk, seen_at__lt=now).update(seen_at=now, explanation=explanation)
    if made:
        logger.error("alarm %s, %s: %s", kind, where, explanation)
    return made


def end_alarm(*, kind: str, where: str) -> bool:
    """Say that a cause is gone; return whether there was an alarm about it."""
    now = timezone.now()
    ended = Alarm.objects.going().filter(kind=kind, where=where).update(ended_at=now)
    if ended:
        logger.warning("alarm %s, %s: over", kind, where)
    return bool(ended)
