"""The registry of what can happen: an action that nobody registered cannot be logged.

Names are `<app>.<verb>`; they stand in every entry for ever, so a name is never reused or renamed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from audit import succession_words
from audit.errors import Text
from audit.export.words import says_of_export
from audit.retention import words
from audit.retention.classes import ACCESS, CLASSES, OVERSIGHT, SECURITY, SERVICE, RetentionClass

_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*")


Measure = Literal["", "access", "given", "withdrawn"]


class UnknownAction(LookupError):
    """The action was never registered: a mistake in the program, not in its input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One kind of event, and what it is called.

    `title` speaks to the citizen, and to all where it names nobody; `title_neutral` is for auditors, and
    `title_refused` is said of what somebody wanted and did not get. `title_of_dataset` is said to the citizen where
    the details name a dataset; `%(dataset)s` in it stands for the dataset's title. `says` puts the details into words
    for everybody, in the active language; it returns "" where there is nothing to say. What happened to the service
    itself is `of_service`: it is about no person and no organisation, so every auditor sees it. `retention` names the
    class that says how long its record is kept, and `ends_consent` tells of one after which a consent is over.
    `counts_as` puts an action among those that auditors count: an `access` to data of a citizen, a consent `given`,
    one `withdrawn`.
    """

    name: str
    title: Text
    title_refused: Text = ""
    title_neutral: Text = ""
    title_of_dataset: Text = ""
    says: Callable[[Mapping[str, Any]], str] | None = None
    of_service: bool = False
    retention: str = ""
    ends_consent: bool = False
    counts_as: Measure = ""

    @property
    def retention_class(self) -> RetentionClass:
        return CLASSES[self.retention or (SERVICE if self.of_service else ACCESS)]


_registered: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Add an action. Raise ValueError if the name is badly formed or means something else already."""
    if not _NAME.fullmatch(action.name):
        raise ValueError(f"{action.name!r} is no action name: write <app>.<verb> in lower case")
    if action.retention and action.retention not in CLASSES:
        raise ValueError(f"the action {action.name!r} is of no retention class that is known: {action.retention!r}")
    if _registered.setdefault(action.name, action) != action:
        raise ValueError(f"the action {action.name!r} is registered twice, with different titles")
    return action


def get(name: str) -> Action:
    """Find an action by name, or raise UnknownAction."""
    try:
        return _registered[name]
    except KeyError:
        raise UnknownAction(f"no action is registered under the name {name!r}") from None


def all_actions() -> list[Action]:
    """Every registered action by name, for filters."""
    return sorted(_registered.values(), key=lambda action: action.name)


DEFERRAL_ASKED = register(
    Action(
        name="audit.deferral-asked",
        title=_("Asked to tell residents later what happens in a case"),
        retention=SERVICE,
    )
)
DEFERRAL_DECIDED = register(
    Action(
        name="audit.deferral-decided",
        title=_("Approved that residents are told later what happens in a case"),
        title_refused=_("Refused that residents are told later what happens in a case"),
        retention=SERVICE,
    )
)
DEFERRAL_LIFTED = register(
    Action(
        name="audit.deferral-lifted",
        title=_("Let residents see at once what was kept back in a case"),
        retention=SERVICE,
    )
)
DISCLOSED = register(
    Action(
        name="audit.disclosed",
        title=_("You can now see what was kept from you for a while"),
        title_neutral=_("A resident can now see what was kept back"),
    )
)
LOG_READ = register(Action(name="audit.log-read", title=_("Read the audit log"), retention=OVERSIGHT))
LOG_VERIFIED = register(Action(name="audit.verified", title=_("Verified the audit log"), retention=OVERSIGHT))
SERVICE_REFUSED = register(Action(name="service.refused", title=_("Refused a request"), retention=SECURITY))
ERASED = register(
    Action(name="audit.erased", title=_("Records of the log were erased"), says=words.erased, of_service=True)
)
ERASURE_ORDERED = register(
    Action(
        name="audit.erasure-ordered",
        title=_("Ordered the erasure of records"),
        says=words.erasure_ordered,
        retention=SERVICE,
    )
)
ERASURE_APPROVED = register(
    Action(name="audit.erasure-approved", title=_("Approved the erasure of records"), retention=SERVICE)
)
ERASURE_DECLINED = register(
    Action(name="audit.erasure-declined", title=_("Declined the erasure of records"), retention=SERVICE)
)
HOLD_PLACED = register(
    Action(name="audit.hold-placed", title=_("Placed a legal hold"), says=words.hold_placed, retention=SERVICE)
)
HOLD_LIFTED = register(Action(name="audit.hold-lifted", title=_("Lifted a legal hold"), retention=SERVICE))
LOG_WATCHED = register(
    Action(name="audit.log-watched", title=_("Began to watch the log of another organisation"), of_service=True)
)
LOG_UNWATCHED = register(
    Action(name="audit.log-unwatched", title=_("Stopped watching the log of another organisation"), of_service=True)
)
LOG_SUCCEEDED = register(
    Action(
        name="audit.log-succeeded",
        title=_("A log was ended, and this one continues it"),
        says=succession_words.succeeded,
        of_service=True,
    )
)
MEMORY_RESTORED = register(
    Action(
        name="audit.memory-restored",
        title=_("What the log remembers outside the database was made anew"),
        says=succession_words.memory_restored,
        of_service=True,
    )
)


def _note(details: Mapping[str, Any]) -> str:
    return str(details["note"])


ALARM_LOOKED_AT = register(
    Action(name="audit.alarm-looked-at", title=_("Looked at an alarm about the log"), says=_note, retention=OVERSIGHT)
)


def names_counted_as(measure: Measure) -> list[str]:
    """Return the names of the actions that count as `measure`."""
    return [action.name for action in all_actions() if action.counts_as == measure]


SEARCH_SAVED = register(Action(name="audit.search-saved", title=_("Saved a search"), retention=OVERSIGHT))
SEARCH_CHANGED = register(Action(name="audit.search-changed", title=_("Changed a saved search"), retention=OVERSIGHT))
SEARCH_DELETED = register(Action(name="audit.search-deleted", title=_("Deleted a saved search"), retention=OVERSIGHT))
EXPORT_ASKED = register(
    Action(
        name="audit.export-asked",
        title=_("Asked for a file of the audit log"),
        says=says_of_export,
        retention=OVERSIGHT,
    )
)
EXPORT_MADE = register(
    Action(name="audit.export-made", title=_("Made a file of the audit log"), says=says_of_export, retention=OVERSIGHT)
)
EXPORT_DOWNLOADED = register(
    Action(
        name="audit.export-downloaded",
        title=_("Downloaded a file of the audit log"),
        says=says_of_export,
        retention=OVERSIGHT,
    )
)
