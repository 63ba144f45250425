"""The rules that hold for an organisation: its own, or the usual ones."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.models import PatternRule
from audit.patterns.kinds import KINDS, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInForce:
    """A kind of pattern with the values that an organisation searches by; usual ones where `changed_at` is None."""

    kind: Kind
    organisation: str
    on: bool
    values: Mapping[str, int]
    changed_by: UUID | None = None
    changed_at: datetime | None = None

    @property
    def sentence(self) -> str:
        return self.kind.said(self.values)


def rules_in_force(organisations: Collection[str]) -> dict[str, list[RuleInForce]]:
    """Return every kind of rule of each organisation, in the order of the kinds."""
    own = {(rule.organisation, rule.kind): rule for rule in PatternRule.objects.filter(organisation__in=organisations)}
    return {
        organisation: [_in_force(organisation, kind, own.get((organisation, kind.name))) for kind in KINDS.values()]
        for organisation in organisations
    }


def _in_force(organisation: str, kind: Kind, rule: PatternRule | None) -> RuleInForce:
    if rule is None:
        return RuleInForce(kind=kind, organisation=organisation, on=True, values=kind.usual())
    return RuleInForce(
        kind=kind,
        organisation=organisation,
        on=rule.on,
        # A parameter that a later version brought has its usual value.
        values={**kind.usual(), **rule.values},
        changed_by=rule.changed_by,
        changed_at=rule.changed_at,
    )
