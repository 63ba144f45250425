"""Say that somebody looked at an alarm. It goes on until its cause is gone; the look is an entry, as every look is."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import ALARM_LOOKED_AT
from audit.entry_of_viewer import entry_of
from audit.errors import FieldError, Invalid, NotFound
from audit.models import Alarm
from audit.people import Viewer
from audit.services.append import append_entry

LONGEST_NOTE = 1000


class AlarmNotFound(NotFound):
    code = "alarm-not-found"


class InvalidNote(Invalid):
    code = "invalid-note"


@transaction.atomic
def look_at_alarm(*, viewer: Viewer, alarm_id: UUID, note: str) -> Alarm:
    """Keep what an auditor says of an alarm, and log it. A later look takes the place of an earlier one on the page.

    Raise InvalidNote for a note that says nothing, AlarmNotFound, or LogNotWritable.
    """
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE or "\x00" in note:
        detail = _("Write what you saw or did, in at most %(most)d characters.") % {"most": LONGEST_NOTE}
        raise InvalidNote(errors=[FieldError("/note", "note", detail)])
    alarm = Alarm.objects.select_for_update().filter(pk=alarm_id).first()
    if alarm is None:
        raise AlarmNotFound(_("There is no such alarm."))
    logged = append_entry(
        entry_of(
            viewer,
            ALARM_LOOKED_AT,
            details={"alarm": str(alarm.pk), "kind": alarm.kind, "note": note},
        )
    )
    alarm.looked_at, alarm.look_note, alarm.look_entry = timezone.now(), note, logged.id
    alarm.save(update_fields=["looked_at", "look_note", "look_entry"])
    return alarm
