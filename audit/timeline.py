"""Entries as people read them: with names, titles and sentences, the same number of queries for one as for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from audit import actions
from audit.deferral.grounds import LEGAL_GROUNDS, UNKNOWN_GROUND
from audit.entry import Entry, Outcome
from audit.errors import Text
from audit.models import Deferral, DeferralState, Leaf, Record
from audit.people import people

Reader = Literal["subject", "auditor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedVerdict:
    """One condition of a decision: its code, whether it held, its parameters, and all that in a sentence."""

    code: str
    holds: bool
    params: Mapping[str, Any]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedField:
    """A field by its full name and by its title."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedDeferral:
    """Why and until when an entry is, or was, kept from its citizen; `lifted` that it ended before its day."""

    until: datetime
    ground: Text
    article: str
    reason: str
    holds: bool
    lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedEntry:
    """An entry for its reader; `leaf_index` is None while it waits for its place in the log.

    `who_acted` says to the citizen who acted for him or her, and nothing to anybody else; `details_said` is what the
    action makes of the details, or ""; `deferral` is None for what the citizen saw at once.
    """

    entry: Entry
    action_title: Text
    organisation_name: str
    role_title: str
    purpose_title: str
    fields: tuple[DescribedField, ...]
    verdicts: tuple[DescribedVerdict, ...]
    who_acted: str
    leaf_index: int | None
    details_said: str
    deferral: DescribedDeferral | None

    @property
    def reason_sentence(self) -> str:
        """Return the sentence of the verdict that `reason` names, or "" where no verdict is the reason."""
        sentences = (one.sentence for one in self.verdicts if one.code == self.entry.reason and not one.holds)
        return next(sentences, "")


def describe(records: Sequence[Record], *, reader: Reader = "auditor") -> list[DescribedEntry]:
    """Describe records in the active language. What has no name any more is called by its id, slug or code."""
    entries = [record.entry for record in records]
    places = Leaf.objects.filter(entry_id__in=[entry.id for entry in entries])
    leaf_indexes = dict(places.values_list("entry_id", "index"))
    versions = {entry.purpose_version for entry in entries if entry.purpose_version}
    names = people().organisation_names({entry.organisation for entry in entries if entry.organisation})
    roles = people().role_titles({entry.role for entry in entries if entry.role})
    titles = people().purpose_titles(versions)
    fields = people().field_titles(versions)
    acted_for = {entry.acting_for for entry in entries if entry.acting_for} if reader == "subject" else set()
    actors = people().who_acted(acted_for) if acted_for else {}
    deferred = {entry.deferral for entry in entries if entry.deferral}
    deferrals = Deferral.objects.in_bulk(deferred) if deferred else {}
    now = timezone.now()
    datasets = people().dataset_titles({slug for entry in entries if (slug := _dataset(entry))})
    return [
        DescribedEntry(
            entry=entry,
            action_title=action_title(
                entry.action,
                outcome=entry.outcome,
                reader=reader,
                dataset=datasets.get(_dataset(entry), _dataset(entry)),
            ),
            organisation_name=names.get(entry.organisation, entry.organisation),
            role_title=roles.get(entry.role, entry.role),
            purpose_title=titles.get(entry.purpose_version, entry.purpose) if entry.purpose_version else "",
            fields=tuple(DescribedField(name=name, title=fields.get(name, name)) for name in entry.fields),
            verdicts=verdicts,
            who_acted=actors.get(entry.acting_for, ""),
            leaf_index=leaf_indexes.get(entry.id),
            details_said=_said(entry),
            deferral=_described_deferral(entry, deferrals, now),
        )
        for entry, verdicts in zip(entries, _describe_verdicts(entries, fields), strict=True)
    ]


def action_title(name: str, *, outcome: Outcome = "allowed", reader: Reader = "auditor", dataset: str = "") -> Text:
    """Title an action for its reader. What was refused or failed did not take place, and is not said to have.

    `dataset` is the title of the dataset that it was about, or "".
    """
    try:
        action = actions.get(name)
    except actions.UnknownAction:
        # Written by a version of the service that knew it. The entry stays readable.
        return name
    if outcome != "allowed" and action.title_refused:
        return action.title_refused
    if dataset and action.title_of_dataset and reader == "subject":
        return str(action.title_of_dataset) % {"dataset": dataset}
    return action.title if reader == "subject" else action.title_neutral or action.title


def _described_deferral(entry: Entry, deferrals: Mapping[UUID, Deferral], now: datetime) -> DescribedDeferral | None:
    if entry.deferral is None or entry.deferred_until is None:
        return None
    deferral = deferrals.get(entry.deferral)
    # The row can have been deleted behind the back of the service; the entry itself says until when.
    ground = LEGAL_GROUNDS[deferral.ground] if deferral else UNKNOWN_GROUND
    lifted = deferral is not None and deferral.state == DeferralState.LIFTED
    return DescribedDeferral(
        until=entry.deferred_until,
        ground=ground.title,
        article=ground.article,
        reason=deferral.reason if deferral else "",
        holds=not lifted and now < entry.deferred_until,
        lifted=lifted,
    )


def _dataset(entry: Entry) -> str:
    """Return the name of the dataset that an entry is about as a whole, or ""."""
    named = entry.details.get("dataset", "")
    return named if isinstance(named, str) else ""


def _said(entry: Entry) -> str:
    """Return the details in words, or "" where the action has none for them."""
    try:
        says = actions.get(entry.action).says
    except actions.UnknownAction:
        return ""
    return says(entry.details) if says else ""


def _describe_verdicts(entries: Sequence[Entry], field_titles: Mapping[str, str]) -> list[tuple[DescribedVerdict, ...]]:
    verdicts = [verdict for entry in entries for verdict in entry.verdicts]
    said = iter(people().sentences(verdicts, get_language() or "", field_titles))
    return [
        tuple(
            DescribedVerdict(code=verdict["code"], holds=verdict["holds"], params=verdict["params"], sentence=sentence)
            for verdict, sentence in zip(entry.verdicts, islice(said, len(entry.verdicts)), strict=True)
        )
        for entry in entries
    ]
