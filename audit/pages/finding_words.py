"""Findings in words for those who look into them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.patterns.states import State

STATES: dict[str, Promise] = {
    State.NEW: _("New"),
    State.LOOKED_INTO: _("Looked into"),
    State.EXPLAINED: _("Explained"),
    State.REPORTED: _("Reported"),
    State.CLOSED: _("Closed"),
}

# What a button says that brings a finding into this state.
MOVES: dict[str, Promise] = {
    State.LOOKED_INTO: _("I look into this"),
    State.EXPLAINED: _("There is a good explanation"),
    State.REPORTED: _("I reported this"),
    State.CLOSED: _("Close this"),
}

RELATIONS: dict[str, Promise] = {
    "self": _("The employee read of themselves."),
    "colleague": _("The employee read of a colleague."),
    "acts-for": _("The employee read of somebody for whom the employee may act."),
    "acted-for-by": _("The employee read of somebody who may act for the employee."),
}
