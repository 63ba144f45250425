"""Whether this machine's clock may decide what cannot be undone."""

from datetime import timedelta

import structlog
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.errors import ClocksDisagree

# Two machines are then at most twice as far apart from each other, for which destroying a key leaves room
# (`consent.keys.rotation.destroy.FORGOTTEN_AFTER`).
FARTHEST_APART = timedelta(minutes=2)

logger = structlog.get_logger(__name__)


def check_clock() -> None:
    """Raise ClocksDisagree where the clocks of this machine and of the database are further apart than FARTHEST_APART.

    What ends by the clock loses its key for good, so it does not end on the word of one clock that is wrong. SQLite has
    no clock of its own.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    ahead = timezone.now() - row[0]
    if abs(ahead) > FARTHEST_APART:
        logger.error("the clock of this machine is wrong, or that of the database", seconds_ahead=ahead.total_seconds())
        raise ClocksDisagree(_("Nothing ends by the clock here until it is set right."))
