"""The registry of what can happen: an action that nobody registered cannot be logged.

Names are `<app>.<verb>`; they stand in every entry for ever, so a name is never reused or renamed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.errors import Text
from audit.export.words import says_of_export

_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*")


class UnknownAction(LookupError):
    """The action was never registered: a mistake in the program, not in its input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One kind of event, and what it is called.

    `title` speaks to the citizen, and to all where it names nobody; `title_neutral` is for auditors, and
    `title_refused` is said of what somebody wanted and did not get. `title_of_dataset` is said to the citizen where
    the details name a dataset; `%(dataset)s` in it stands for the dataset's title. `says` puts the details into words
    for everybody, in the active language; it returns "" where there is nothing to say. What happened to the service
    itself is `of_service`: it is about no person and no organisation, so every auditor sees it.
    """

    name: str
    title: Text
    title_refused: Text = ""
    title_neutral: Text = ""
    title_of_dataset: Text = ""
    says: Callable[[Mapping[str, Any]], str] | None = None
    of_service: bool = False


_registered: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Add an action. Raise ValueError if the name is badly formed or means something else already."""
    if not _NAME.fullmatch(action.name):
        raise ValueError(f"{action.name!r} is no action name: write <app>.<verb> in lower case")
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


LOG_READ = register(Action(name="audit.log-read", title=_("Read the audit log")))
LOG_VERIFIED = register(Action(name="audit.verified", title=_("Verified the audit log")))
EXPORT_ASKED = register(
    Action(name="audit.export-asked", title=_("Asked for a file of the audit log"), says=says_of_export)
)
EXPORT_MADE = register(Action(name="audit.export-made", title=_("Made a file of the audit log"), says=says_of_export))
EXPORT_DOWNLOADED = register(
    Action(name="audit.export-downloaded", title=_("Downloaded a file of the audit log"), says=says_of_export)
)
SERVICE_REFUSED = register(Action(name="service.refused", title=_("Refused a request")))
