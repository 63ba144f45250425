"""The names that the terms of consents speak of, with as many queries for one consent as for a hundred."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from consent.models import Area, Organisation, PurposeVersion
from consent.pages.forms.choices import area_choices, department_title
from consent.pages.terms_in_words import TermNames


def term_names(
    versions: Iterable[PurposeVersion], conditions: Collection[Mapping[str, Any]], language: str
) -> TermNames:
    """Return the names for `conditions`; the fields of `versions` are loaded with their dataset versions."""
    fields: dict[str, str] = {}
    questions: dict[tuple[str, str], str] = {}
    for version in versions:
        for field in version.fields.all():
            fields[field.name] = field.title(language)
            for derivation in field.dataset_version.derivations:
                titles = derivation["title"]
                questions[field.name, derivation["name"]] = titles.get(language) or titles["nl"]
    oins = {one["oin"] for terms in conditions for one in terms.get("recipients", ())}
    organisations: dict[str, str] = {}
    departments: dict[tuple[str, str], str] = {}
    if oins:
        found = Organisation.objects.filter(oin__in=oins).values_list("oin", "name", "departments")
        for oin, name, parts in found:
            organisations[oin] = name
            departments |= {(oin, one["name"]): department_title(one, language) for one in parts}
    areas = Area.objects.filter(organisation__purposes__versions__in={version.pk for version in versions}).distinct()
    return TermNames(
        fields=fields,
        organisations=organisations,
        departments=departments,
        questions=questions,
        areas=area_choices(areas, language) if any("area" in terms for terms in conditions) else (),
    )
