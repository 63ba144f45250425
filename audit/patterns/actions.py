"""What the search for unusual patterns writes in the log."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.actions import Action, register
from audit.patterns.kinds import KINDS


def _title_of_kind(details: Mapping[str, Any]) -> str:
    kind = KINDS.get(details.get("kind", ""))
    return str(kind.title) if kind else ""


RULE_CHANGED = register(
    Action(name="audit.rule-changed", title=_("Changed a rule for unusual patterns"), says=_title_of_kind)
)
FINDING_RAISED = register(
    Action(name="audit.finding-raised", title=_("An unusual pattern was found"), says=_title_of_kind)
)
FINDING_CHANGED = register(Action(name="audit.finding-changed", title=_("Worked on a finding"), says=_title_of_kind))
