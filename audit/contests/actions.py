"""What the log says of contests: that one was raised, extended, answered, and never a word of what people wrote."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actions import Action, register
from audit.contests.lifecycle import Outcome


def _says_until(details: Mapping[str, Any]) -> str:
    day = date_format(date.fromisoformat(details["answerDue"]), "DATE_FORMAT")
    return _("There is an answer on %(day)s at the latest.") % {"day": day}


def _says_outcome(details: Mapping[str, Any]) -> str:
    if details["outcome"] == Outcome.WAS_WRONG:
        return _("The privacy officer found that the line, or what was done, was wrong.")
    return _("The privacy officer found that the line, and what was done, was right.")


RAISED = register(
    Action(
        name="audit.contest-raised",
        title=gettext_lazy("You said that a line looks wrong"),
        title_neutral=gettext_lazy("Resident contested a line"),
        says=_says_until,
    )
)
TAKEN = register(
    Action(
        name="audit.contest-taken",
        title=gettext_lazy("A privacy officer looks into what you contested"),
        title_neutral=gettext_lazy("A contest was taken up"),
    )
)
EXTENDED = register(
    Action(
        name="audit.contest-extended",
        title=gettext_lazy("The answer to what you contested takes longer"),
        title_neutral=gettext_lazy("The time for an answer to a contest was extended"),
        says=_says_until,
    )
)
ANSWERED = register(
    Action(
        name="audit.contest-answered",
        title=gettext_lazy("What you contested was answered"),
        title_neutral=gettext_lazy("A contest was answered"),
        says=_says_outcome,
    )
)
WITHDRAWN = register(
    Action(
        name="audit.contest-withdrawn",
        title=gettext_lazy("You took back what you contested"),
        title_neutral=gettext_lazy("Resident took a contest back"),
    )
)

NAMES = frozenset(action.name for action in (RAISED, TAKEN, EXTENDED, ANSWERED, WITHDRAWN))
