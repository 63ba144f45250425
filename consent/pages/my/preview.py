"""What the recipient would see: exactly the values that a yes would give, from the citizen's own data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.models import Citizen, PurposeVersion
from consent.pages.shown_value import ShownValue, shown_value
from consent.signals import preview_asked


@dataclass(frozen=True, slots=True)
class PreviewedField:
    """A field by its title; `question` when only yes or no is given; no value when there is nothing to give."""

    title: str
    question: str
    value: ShownValue | None


def preview(
    citizen: Citizen,
    version: PurposeVersion,
    *,
    fields: list[str],
    answers: Mapping[str, str],
    language: str,
) -> list[PreviewedField]:
    """Return what would be seen of `fields`, of which `answers` ({field: derivation}) say only yes or no.

    It writes nothing.
    """
    asked = list(version.fields.select_related("dataset_version"))
    of_purpose = {field.name: field.answer for field in asked if field.answer and field.name in fields}
    given: dict[str, str] = {**of_purpose, **answers}
    replies = preview_asked.send(
        sender=PurposeVersion, citizen=citizen, purpose_version=version, fields=fields, answers=given
    )
    if not replies:
        # Without anybody to look, the page would say that there is nothing to see.
        raise RuntimeError("nothing is connected to preview_asked")
    values: dict[str, Any] = {}
    for _receiver, reply in replies:
        found: Any = reply  # the types of Django know no receiver that answers with more than a text
        values |= found
    shown = []
    for field in asked:
        if field.name in fields:
            question = ""
            if field.name in given:
                titles = field.dataset_version.derivation(given[field.name])["title"]
                question = titles.get(language) or titles["nl"]
            value = shown_value(values[field.name]) if field.name in values else None
            shown.append(PreviewedField(field.title(language), question, value))
    return shown
