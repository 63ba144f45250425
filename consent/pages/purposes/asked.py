"""The fields of a draft as a form: every field of every dataset, asked or not, without a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.models import DatasetVersion, PurposeVersion
from consent.pages.words import SENSITIVITIES
from consent.services.purposes import AskedField

HOW = ("no", "optional", "required")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a field is asked: one of HOW, with its reasons and the yes-or-no question, as they stand in the form."""

    how: str = "no"
    reason_nl: str = ""
    reason_en: str = ""
    answer: str = ""


def newest_datasets() -> list[DatasetVersion]:
    """Return the newest version of each dataset, by name."""
    versions = DatasetVersion.objects.select_related("dataset").order_by("dataset__slug", "-number")
    newest: dict[Any, DatasetVersion] = {}
    for version in versions:
        newest.setdefault(version.dataset_id, version)
    return list(newest.values())


def asked_in(version: PurposeVersion) -> dict[str, Asked]:
    """Return how a stored version asks its fields, by full name."""
    return {
        field.name: Asked(
            "required" if field.required else "optional",
            field.reason.get("nl", ""),
            field.reason.get("en", ""),
            field.answer,
        )
        for field in version.fields.all()
    }


def asked_by_post(data: Mapping[str, str], datasets: list[DatasetVersion]) -> dict[str, Asked]:
    """Return how a sent form asks fields; what it says of fields that no dataset has is not looked at."""
    return {
        name: Asked(
            data.get(f"how:{name}", "no") if data.get(f"how:{name}") in HOW else "no",
            data.get(f"reason_nl:{name}", "").strip()[:2000],
            data.get(f"reason_en:{name}", "").strip()[:2000],
            data.get(f"answer:{name}", "")[:100],
        )
        for dataset in datasets
        for name in (_name(dataset, field) for field in dataset.fields)
    }


def asked_fields(asked: Mapping[str, Asked], datasets: list[DatasetVersion]) -> list[AskedField]:
    """Return the fields that a draft asks for, the required ones first."""
    fields = [
        AskedField(
            dataset,
            field["pointer"],
            one.how == "required",
            {"nl": one.reason_nl, "en": one.reason_en},
            one.answer,
        )
        for dataset in datasets
        for field in dataset.fields
        if (one := asked.get(_name(dataset, field), Asked())).how != "no"
    ]
    return sorted(fields, key=lambda field: not field.required)


def dataset_rows(asked: Mapping[str, Asked], datasets: list[DatasetVersion], language: str) -> list[dict[str, Any]]:
    """Return what the page shows: each dataset with its fields; open where the draft asks something of it."""
    rows = []
    for number, dataset in enumerate(datasets, start=1):
        fields = [
            {
                "id": f"field-{number}-{place}",
                "name": _name(dataset, field),
                "title": field["title"].get(language) or field["title"]["nl"],
                "sensitivity_title": SENSITIVITIES.get(field["sensitivity"], ""),
                "asked": asked.get(_name(dataset, field), Asked()),
                "questions": [
                    {"name": one["name"], "title": one["title"].get(language) or one["title"]["nl"]}
                    for one in dataset.derivations
                    if one["pointer"] == field["pointer"]
                ],
            }
            for place, field in enumerate(dataset.fields, start=1)
        ]
        count = sum(asked.get(str(field["name"]), Asked()).how != "no" for field in fields)
        rows.append(
            {
                "title": dataset.title.get(language) or dataset.title["nl"],
                "fields": fields,
                "count": count,
            }
        )
    return rows


def _name(dataset: DatasetVersion, field: Mapping[str, Any]) -> str:
    return f"{dataset.dataset.slug}#{field['pointer']}"
