"""The states and outcomes of a contest, for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.contests.lifecycle import Outcome, State

STATES: dict[str, Promise] = {
    State.OPEN: _("Waits for a privacy officer"),
    State.IN_TREATMENT: _("A privacy officer looks into it"),
    State.ANSWERED: _("Answered"),
    State.WITHDRAWN: _("Taken back"),
}

OUTCOMES: dict[str, Promise] = {
    Outcome.WAS_RIGHT: _("The line, and what was done, was right"),
    Outcome.WAS_WRONG: _("The line, or what was done, was wrong"),
}
