"""Answers instead of values: where the citizen shares a yes or no, the value stays inside the service."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from consent.derivation import answer
from consent.models import DatasetVersion


@dataclass(frozen=True, slots=True)
class Shared:
    """What a recipient gets: {full field name: value}, and {full field name: yes or no} of those that are answered."""

    values: dict[str, Any] = field(repr=False)
    answers: dict[str, bool] = field(repr=False)


def answer_instead(
    values: Mapping[str, Any], answers: Mapping[str, str], versions: Iterable[DatasetVersion], *, today: date
) -> Shared:
    """Answer the questions `answers`, {full field name: derivation}, and leave the values that they are about out.

    `versions` are those of the datasets, each with its dataset. What cannot be answered is in neither: a question that
    the dataset does not have, and a value that is not of the form that its question asks for. `today` is the day in
    Europe/Amsterdam.
    """
    rules = {
        (f"{version.dataset.slug}#{one['pointer']}", one["name"]): one["rule"]
        for version in versions
        for one in version.derivations
    }
    said: dict[str, bool] = {}
    for name, derivation in answers.items():
        rule = rules.get((name, derivation))
        if name not in values or rule is None:
            continue
        try:
            said[name] = answer(rule, values[name], today=today)
        except ValueError:
            continue
    return Shared({name: value for name, value in values.items() if name not in answers}, said)
