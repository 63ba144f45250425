"""What each kind of alarm means to people, and what they do about it. Kinds are stable: monitors switch on them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PENDING_LATE = "pending-late"
ENTRY_UNPLACEABLE = "entry-unplaceable"
ENTRY_OUTSIDE_LOG = "entry-outside-log"
LOG_ALTERED = "log-altered"
CHECKPOINTS_STOPPED = "checkpoints-stopped"
CHECKPOINT_UNSIGNED = "checkpoint-unsigned"
MONITOR_SEES_FORK = "monitor-sees-fork"
MONITOR_SEES_CUT = "monitor-sees-cut"
MONITOR_HEAD_UNUSABLE = "monitor-head-unusable"


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """A kind of alarm in words: its name, what it means, and what to do."""

    title: Promise
    meaning: Promise
    remedy: Promise


_CALL_SECURITY = _(
    "Change nothing in the database. Call who is responsible for security, and keep a copy of the database and of the"
    " checkpoints outside it. Then let someone run manage.py verify_log: it names the first row that was changed."
)
_LOOK_AT_SEQUENCER = _(
    "Look whether the process manage.py sequence runs, and what its own log says. Nothing is lost: entries wait in the"
    " database."
)

ALARM_KINDS: dict[str, AlarmKind] = {
    PENDING_LATE: AlarmKind(
        _("Entries reach the log too late"),
        _("We promise everyone who gets data that its entry is in the log in time. That promise is not kept now."),
        _LOOK_AT_SEQUENCER,
    ),
    ENTRY_UNPLACEABLE: AlarmKind(
        _("Entries wait that can get no place in the log"),
        _(
            "What waits does not agree with what was written. The service does not do that: somebody changed the"
            " database."
        ),
        _CALL_SECURITY,
    ),
    ENTRY_OUTSIDE_LOG: AlarmKind(
        _("An entry stands outside the log"),
        _(
            "The entry has no place in the log and does not wait for one. Somebody took its place away, or put the"
            " entry in without the service."
        ),
        _CALL_SECURITY,
    ),
    LOG_ALTERED: AlarmKind(
        _("The log was changed"),
        _("The monitor computed a part of the log again, and it is not what was written."),
        _CALL_SECURITY,
    ),
    CHECKPOINTS_STOPPED: AlarmKind(
        _("Nothing is signed any more"),
        _("The log has grown, but nothing new was signed for longer than we promise."),
        _LOOK_AT_SEQUENCER,
    ),
    CHECKPOINT_UNSIGNED: AlarmKind(
        _("What is published is not signed by this log"),
        _("The newest checkpoint does not carry the signature of the log. Nobody can trust it."),
        _CALL_SECURITY,
    ),
    MONITOR_SEES_FORK: AlarmKind(
        _("The log that is published is not the log of before"),
        _(
            "The monitor keeps what was signed last. The log of now does not begin with it: what stood there was"
            " rewritten, or it is another log."
        ),
        _CALL_SECURITY,
    ),
    MONITOR_SEES_CUT: AlarmKind(
        _("The log is shorter than it was"),
        _(
            "The monitor keeps what was signed last, and that was longer. The end is gone, or an older backup came"
            " back."
        ),
        _CALL_SECURITY,
    ),
    MONITOR_HEAD_UNUSABLE: AlarmKind(
        _("The monitor cannot read what it kept"),
        _("The file in which the monitor keeps the last signed head was changed or damaged, or cannot be written."),
        _(
            "Look who could write the file monitor-head in LOG_WATCH_FOLDER. Put back a copy, or compare the newest"
            " checkpoint with one that somebody else kept, and remove the file: then the monitor begins anew."
        ),
    ),
    "log-behind": AlarmKind(
        _("The database holds less than was signed"),
        _("It was probably restored from a backup. Nothing is signed, so that there are never two different logs."),
        _(
            "Bring the database back up to the entries that are missing. If they are lost, end this log in public and"
            " start a new one; the guide for operators says how."
        ),
    ),
    "log-forked": AlarmKind(
        _("The database holds something else than was signed"),
        _("Entries that were signed were changed afterwards. Nothing is signed, so that there are never two logs."),
        _CALL_SECURITY,
    ),
    "log-memory-missing": AlarmKind(
        _("What remembers the log outside the database is gone"),
        _(
            "The database has signed checkpoints, but outside it nothing remembers them. Nothing is signed until"
            " something does."
        ),
        _("Put back the file or object with the last checkpoint; the guide for operators says how."),
    ),
    "log-memory-unusable": AlarmKind(
        _("What remembers the log outside the database cannot be used"),
        _("It holds no checkpoint of this log. Nothing is signed until it does."),
        _("Put back the file or object with the last checkpoint; the guide for operators says how."),
    ),
    "log-memory-unavailable": AlarmKind(
        _("What remembers the log outside the database does not answer"),
        _("Entries wait for their place until it answers. This passes by itself."),
        _("If it lasts, look at the disk or the object storage that holds the last checkpoint."),
    ),
    "unpublished": AlarmKind(
        _("What was signed is not published"),
        _("The witnesses that have to sign along do not do so. The log goes on; readers see it as it was."),
        _("Look which witness is silent, and ask the organisation that runs it."),
    ),
    "witness-contradicts": AlarmKind(
        _("A witness saw another log"),
        _("A witness remembers something else of this log than what stands in it."),
        _CALL_SECURITY,
    ),
    "witness-silent": AlarmKind(
        _("A witness does not answer"),
        _("Without its signature fewer others vouch for the log. That changes nothing in the log itself."),
        _("Ask the organisation that runs the witness."),
    ),
    "watched-log-unproven": AlarmKind(
        _("A log that we watch for others does not prove that it only grew"),
        _("As a witness we do not sign for it until it does."),
        _("Tell the organisation whose log it is."),
    ),
}

_UNKNOWN = AlarmKind(
    _("Something is wrong with the log"),
    _("The service found something that a person has to look at."),
    _("Read the technical explanation, and ask who runs the service."),
)


def alarm_kind(kind: str) -> AlarmKind:
    return ALARM_KINDS.get(kind, _UNKNOWN)
