"""Have the newest checkpoint timestamped by somebody else, so that not even who holds our key can date one back."""

from urllib.parse import urlsplit

from django.conf import settings

from audit.models import Checkpoint, Timestamp
from audit.services.alarm import end_alarm, raise_alarm
from audit.timestamping.authority import get_timestamp
from audit.timestamping.response import TimestampError

ALARM = "log-timestamp-failed"


def timestamp_newest() -> Timestamp | None:
    """Get a timestamp for the newest published checkpoint, if it has none; None if there is nothing to do.

    A failure is an alarm, and nothing is stored. Does nothing without a setting that names an authority. Safe to run
    twice: a second timestamp of the same checkpoint is thrown away.
    """
    newest = Checkpoint.objects.newest_published()
    if not settings.LOG_TIMESTAMP_URL or newest is None or Timestamp.objects.filter(size=newest.size).exists():
        return None
    where = urlsplit(settings.LOG_TIMESTAMP_URL).hostname or ""
    try:
        response, stamp = get_timestamp(newest.note.encode())
    except TimestampError as error:
        raise_alarm(kind=ALARM, where=where, explanation=f"The newest checkpoint has no timestamp: {error}.")
        return None
    stored, _made = Timestamp.objects.get_or_create(
        size=newest.size, defaults={"response": response, "at": stamp.at, "authority": stamp.authority}
    )
    end_alarm(kind=ALARM, where=where)
    return stored
