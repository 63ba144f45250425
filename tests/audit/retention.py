"""Records of the past, and the eraser at work on them under its own role."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from audit.actions import Action, register
from audit.retention.classes import CONSENT, OWN, SECURITY, SERVICE
from audit.roles import ERASER
from audit.services.erase import Erased, erase_due
from tests.audit.log import append, signed_in_as

OWN_DOING = register(Action(name="test.own-doing", title="Did something oneself", retention=OWN))
SIGNED_IN = register(Action(name="test.signed-in", title="Signed in", retention=SECURITY))
AGREED = register(Action(name="test.agreed", title="Agreed", retention=CONSENT))
STOPPED = register(Action(name="test.stopped", title="Stopped", retention=CONSENT, ends_consent=True))
ACCOUNTED = register(Action(name="test.accounted", title="Did something for ever", retention=SERVICE))

NOW = datetime.now(UTC)
YEAR = timedelta(days=366)


def append_ago(age: timedelta, action: Action = SIGNED_IN, **changes: Any) -> UUID:
    """Append an entry that speaks of a moment in the past."""
    (logged,) = append(1, action=action.name, at=NOW - age, **changes)
    return logged.id


def erase() -> list[Erased]:
    """Let the eraser do all there is to do."""
    with signed_in_as(ERASER):
        return erase_due()
