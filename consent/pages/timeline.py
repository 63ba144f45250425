"""What happened with someone's data, in words: for the citizen's own pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from audit.models import Record
from audit.timeline import DescribedDeferral, DescribedEntry, describe
from consent.models import PurposeField
from consent.verdict_sentences import sentence

LOOKS = frozenset({"sharing.released", "sharing.repeated", "sharing.viewing-started", "audit.log-read"})
"""The actions by which somebody else reads: these stand out in the timeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One condition of the decision, in a sentence with the titles of fields."""

    holds: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One line of the timeline. It never says which employee acted (CJEU C-579/21)."""

    id: UUID
    at: datetime
    title: str
    looked: bool
    outcome: str
    organisation: str
    role: str
    department: str
    purpose: str
    case: str
    fields: tuple[str, ...]
    reasons: tuple[Reason, ...]
    who_acted: str
    leaf_index: int | None
    details_said: str
    deferral: DescribedDeferral | None

    @property
    def refusals(self) -> tuple[Reason, ...]:
        """Return the conditions that did not hold."""
        return tuple(reason for reason in self.reasons if not reason.holds)


def timeline(records: Sequence[Record]) -> list[TimelineEvent]:
    """Describe the records for the citizen whom they are about, with as many queries for one as for a hundred."""
    return [_event(described) for described in describe(records, reader="subject")]


def field_titles(version_ids: Iterable[UUID]) -> dict[str, str]:
    """Return {full field name: title in the active language} of all fields of these purpose versions."""
    language = get_language() or "nl"
    fields = PurposeField.objects.filter(version_id__in=version_ids).select_related("dataset_version")
    return {field.name: field.title(language) for field in fields}


def reasons(verdicts: Iterable[Mapping[str, object]], titles: Mapping[str, str]) -> tuple[Reason, ...]:
    """Say each verdict, {code, holds, params}, in a sentence that calls fields by their titles."""
    return tuple(
        Reason(
            holds=bool(verdict["holds"]),
            sentence=sentence(str(verdict["code"]), bool(verdict["holds"]), _titled(verdict["params"], titles)),
        )
        for verdict in verdicts
    )


def _titled(params: object, titles: Mapping[str, str]) -> dict[str, object]:
    named: dict[str, object] = dict(params) if isinstance(params, Mapping) else {}
    not_granted = named.get("notGranted")
    if isinstance(not_granted, list | tuple):
        named["notGranted"] = [titles.get(name, name) for name in not_granted]
    return named


def _event(described: DescribedEntry) -> TimelineEvent:
    entry = described.entry
    return TimelineEvent(
        id=entry.id,
        at=entry.at,
        title=str(described.action_title),
        looked=entry.action in LOOKS,
        outcome=entry.outcome,
        organisation=described.organisation_name,
        role=described.role_title,
        department=entry.department,
        purpose=described.purpose_title,
        case=entry.case,
        fields=tuple(field.title for field in described.fields),
        reasons=tuple(Reason(holds=one.holds, sentence=one.sentence) for one in described.verdicts),
        # The mandate's own beginning and end are nothing that its holder did.
        who_acted="" if entry.action.startswith("consent.mandate-") else described.who_acted,
        leaf_index=described.leaf_index,
        details_said=described.details_said,
        deferral=described.deferral,
    )
