"""What is done about contests by the clock: privacy officers hear of them, and an answer that is late is an alarm."""

import logging
from datetime import timedelta
from typing import Literal

from django.utils import timezone

from audit import signals
from audit.models import Contest
from audit.services.alarm import raise_alarm
from audit.services.contests import OVERDUE, alarm_place

logger = logging.getLogger(__name__)

REMINDED_BEFORE = timedelta(days=7)
# More than come in an hour, and the next hour takes the rest.
MOST = 500


def watch_contests() -> int:
    """Tell privacy officers what waits and what is due within a week, and raise an alarm for each that is overdue.

    Return how many messages were sent. At least once: a message is marked after it was sent. One that cannot be sent
    keeps nobody else's back, and is tried again in the next run.
    """
    today = timezone.localdate()
    going = Contest.objects.going()
    told = sum(_tell(contest, "told_at") for contest in going.filter(told_at=None).most_urgent_first()[:MOST])
    near = going.filter(reminded_at=None, due_on__lte=today + REMINDED_BEFORE).exclude(told_at=None)
    told += sum(_tell(contest, "reminded_at") for contest in near.most_urgent_first()[:MOST])
    for contest_id, organisation, due_on in going.overdue(today).values_list("pk", "organisation", "due_on"):
        raise_alarm(
            kind=OVERDUE,
            where=alarm_place(contest_id),
            explanation=f"a resident contested a line of organisation {organisation} and had a right to an answer on"
            f" {due_on} at the latest (GDPR article 12(3))",
        )
    return told


def _tell(contest: Contest, column: Literal["told_at", "reminded_at"]) -> bool:
    try:
        signals.contest_waits.send(sender=Contest, contest=contest, reminder=column == "reminded_at")
    except OSError as error:
        # The kind only: what a mail server says can repeat an address.
        logger.warning("a privacy officer was not told of contest %s: %s", contest.pk, type(error).__name__)
        return False
    return bool(Contest.objects.filter(pk=contest.pk, **{column: None}).update(**{column: timezone.now()}))
