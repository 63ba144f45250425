"""What is different between two versions of a purpose, part by part, for people to read.

Pure: it takes what versions say and returns values. Titles of parts are not made here, only their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class AskedPart:
    """A field as a version asks for it; `reason` is {language: sentence}, `answer` the yes-or-no question or ""."""

    name: str
    dataset_version: int
    required: bool
    answer: str
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VersionText:
    """What one version says: `parts` by name, each a plain value, or {language: text} where `translated` names it."""

    parts: Mapping[str, Any]
    fields: Sequence[AskedPart]
    translated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part that reads differently; `language` is empty where the part has no language."""

    part: str
    language: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that came, went, or is asked differently; `changes` says how."""

    name: str
    kind: Kind
    changes: tuple[PartChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeDifference:
    parts: tuple[PartChange, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    widens: bool = False

    def __bool__(self) -> bool:
        return bool(self.parts or self.fields)


def purpose_difference(before: VersionText, after: VersionText) -> PurposeDifference:
    """Compare two versions, in the order in which the later one says things.

    `widens` tells whether the later one asks for more than the earlier: a field, a recipient, or longer.
    """
    parts = tuple(
        change
        for name in _names(after.parts, before.parts)
        for change in _part_changes(
            name, before.parts.get(name), after.parts.get(name), name in before.translated | after.translated
        )
    )
    fields = tuple(_field_changes(before.fields, after.fields))
    return PurposeDifference(parts, fields, _widens(before, after, fields))


def _names(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def _part_changes(name: str, before: Any, after: Any, translated: bool) -> list[PartChange]:
    if not translated:
        return [] if before == after else [PartChange(name, "", before, after)]
    old, new = before or {}, after or {}
    return [
        PartChange(name, language, old.get(language, ""), new.get(language, ""))
        for language in _names(new, old)
        if old.get(language, "") != new.get(language, "")
    ]


def _field_changes(before: Sequence[AskedPart], after: Sequence[AskedPart]) -> list[FieldChange]:
    old = {asked.name: asked for asked in before}
    new = {asked.name: asked for asked in after}
    changes = []
    for name, asked in new.items():
        if name not in old:
            changes.append(FieldChange(name, "added"))
        elif different := _asked_differently(old[name], asked):
            changes.append(FieldChange(name, "changed", tuple(different)))
    changes += [FieldChange(name, "removed") for name in old if name not in new]
    return changes


def _asked_differently(before: AskedPart, after: AskedPart) -> list[PartChange]:
    return [
        *_part_changes("required", before.required, after.required, translated=False),
        *_part_changes("answer", before.answer, after.answer, translated=False),
        *_part_changes("datasetVersion", before.dataset_version, after.dataset_version, translated=False),
        *_part_changes("reason", before.reason, after.reason, translated=True),
    ]


def _widens(before: VersionText, after: VersionText, fields: Sequence[FieldChange]) -> bool:
    if any(change.kind == "added" for change in fields):
        return True
    # The value itself where only a yes or no was asked is more.
    if any(part.part == "answer" and part.before and not part.after for change in fields for part in change.changes):
        return True
    if set(after.parts.get("recipients", ())) - set(before.parts.get("recipients", ())):
        return True
    for name in ("longestValidityDays", "retentionDays"):
        if after.parts.get(name, 0) > before.parts.get(name, 0):
            return True
    most_before, most_after = before.parts.get("mostUses"), after.parts.get("mostUses")
    return most_before is not None and (most_after is None or most_after > most_before)
