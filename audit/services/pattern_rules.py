"""Tune the search for unusual patterns. Every change is an entry, with the values before and after."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.entry_of_viewer import entry_of
from audit.errors import Forbidden, Invalid, NotFound
from audit.models import PatternRule
from audit.patterns.actions import RULE_CHANGED
from audit.patterns.in_force import RuleInForce, rules_in_force
from audit.patterns.kinds import KINDS
from audit.people import Viewer
from audit.services.append import append_entry


class RuleNotFound(NotFound):
    code = "rule-not-found"


class RuleRefused(Invalid):
    code = "rule-out-of-bounds"
    title = _("These values are outside their bounds")


@transaction.atomic
def change_rule(*, viewer: Viewer, organisation: str, kind: str, on: bool, values: Mapping[str, int]) -> None:
    """Set a rule of an organisation that the viewer oversees; it holds for what is searched from now on.

    Raise RuleRefused for values outside their bounds, and RuleNotFound for what is no rule or not the viewer's.
    """
    if not oversees(viewer, organisation) or kind not in KINDS:
        raise RuleNotFound(_("There is no such rule, or it is not yours to change."))
    if viewer.account is None:
        raise Forbidden(_("Only a person can change a rule."))
    known = {name: values[name] for name in KINDS[kind].parameters if name in values}
    if mistakes := KINDS[kind].mistakes(known):
        raise RuleRefused(errors=mistakes)
    before = _in_force(organisation, kind)
    PatternRule.objects.update_or_create(
        organisation=organisation,
        kind=kind,
        defaults={"on": on, "values": known, "changed_by": viewer.account, "changed_at": timezone.now()},
    )
    append_entry(
        entry_of(
            viewer,
            RULE_CHANGED,
            details={
                "kind": kind,
                "of": organisation,
                "before": {"on": before.on, **before.values},
                "after": {"on": on, **known},
            },
        )
    )


def oversees(viewer: Viewer, organisation: str) -> bool:
    if viewer.kind != "auditor" or not organisation:
        return False
    return viewer.organisations is None or organisation in viewer.organisations


def _in_force(organisation: str, kind: str) -> RuleInForce:
    return next(rule for rule in rules_in_force([organisation])[organisation] if rule.kind.name == kind)
