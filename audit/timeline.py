"""Entries as people read them: with names, titles and sentences, the same number of queries for one as for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import get_language

from audit import actions
from audit.entry import Entry
from audit.errors import Text
from audit.models import Leaf, Record
from audit.people import people


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedVerdict:
    """One condition of a decision: its code, whether it held, its parameters, and all that in a sentence."""

    code: str
    holds: bool
    params: Mapping[str, Any]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedEntry:
    """An entry for its reader; `leaf_index` is None while it waits for its place in the log."""

    entry: Entry
    action_title: Text
    organisation_name: str
    purpose_title: str
    verdicts: tuple[DescribedVerdict, ...]
    leaf_index: int | None


def describe(records: Sequence[Record]) -> list[DescribedEntry]:
    """Describe records in the active language. What has no name any more is called by its id or slug."""
    entries = [record.entry for record in records]
    places = Leaf.objects.filter(entry_id__in=[entry.id for entry in entries])
    leaf_indexes = dict(places.values_list("entry_id", "index"))
    names = people().organisation_names({entry.organisation for entry in entries if entry.organisation})
    titles = people().purpose_titles({entry.purpose_version for entry in entries if entry.purpose_version})
    return [
        DescribedEntry(
            entry=entry,
            action_title=_action_title(entry.action),
            organisation_name=names.get(entry.organisation, entry.organisation),
            purpose_title=titles.get(entry.purpose_version, entry.purpose) if entry.purpose_version else "",
            verdicts=verdicts,
            leaf_index=leaf_indexes.get(entry.id),
        )
        for entry, verdicts in zip(entries, _describe_verdicts(entries), strict=True)
    ]


def _describe_verdicts(entries: Sequence[Entry]) -> list[tuple[DescribedVerdict, ...]]:
    said = iter(people().sentences([verdict for entry in entries for verdict in entry.verdicts], get_language() or ""))
    return [
        tuple(
            DescribedVerdict(code=verdict["code"], holds=verdict["holds"], params=verdict["params"], sentence=sentence)
            for verdict, sentence in zip(entry.verdicts, islice(said, len(entry.verdicts)), strict=True)
        )
        for entry in entries
    ]


def _action_title(name: str) -> Text:
    try:
        return actions.get(name).title
    except actions.UnknownAction:
        # Written by a version of the service that knew it. The entry stays readable.
        return name
