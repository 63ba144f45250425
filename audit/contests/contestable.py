"""Which organisation answers for a line of the log."""

from django.conf import settings

from audit.contests.actions import NAMES
from audit.entry import Entry


def answers_for(entry: Entry) -> str:
    """Return the OIN of the organisation whose privacy officer answers when this line is contested, or "" for nobody.

    It is the one that the line names; for what names none, such as signing in, it is who runs this service
    (SERVICE_CONTROLLER). A line about a contest is not contested itself: the line that it is about is.
    """
    if entry.action in NAMES:
        return ""
    controller: str = settings.SERVICE_CONTROLLER
    return entry.organisation or controller
