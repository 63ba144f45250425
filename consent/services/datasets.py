"""Datasets: what can be shared, defined by a JSON Schema and published in numbered versions."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from audit.errors import FieldError
from consent.derivation import check_rule, fits_schema
from consent.errors import InvalidDataset
from consent.models import Dataset, DatasetVersion, Organisation
from consent.notice import LANGUAGES
from consent.schema_pointer import subschema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SENSITIVITIES = ("ordinary", "sensitive", "special")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@transaction.atomic
def publish_dataset(
    *,
    organisation: Organisation,
    slug: str,
    kind: Dataset.Kind,
    title: dict[str, str],
    schema: dict[str, Any],
    fields: list[dict[str, Any]],
    derivations: Sequence[dict[str, Any]] = (),
) -> DatasetVersion:
    """Return the newest version of a dataset, stored as the next one if anything in it is new.

    `fields` and `derivations` are what DatasetVersion says. Raises InvalidDataset with every fault at once, also where
    another organisation has a dataset with this name.
    """
    dataset = Dataset.objects.filter(slug=slug).first()
    faults = _faults(title=title, schema=schema, fields=fields)
    faults += _derivation_faults(derivations, fields, schema)
    if dataset is not None and (dataset.organisation_id != organisation.pk or dataset.kind != kind):
        faults.append(FieldError("/slug", "slug-taken", _("There is another dataset with this name.")))
    if faults:
        raise InvalidDataset(errors=faults)
    if dataset is None:
        dataset = Dataset.objects.create(organisation=organisation, slug=slug, kind=kind)
    newest = dataset.versions.order_by("number").last()
    said = {"title": title, "schema": schema, "fields": fields, "derivations": list(derivations)}
    if newest is not None and all(getattr(newest, name) == value for name, value in said.items()):
        return newest
    return DatasetVersion.objects.create(dataset=dataset, number=newest.number + 1 if newest else 1, **said)


def _faults(*, title: dict[str, str], schema: dict[str, Any], fields: list[dict[str, Any]]) -> list[FieldError]:
    faults = [
        FieldError(f"/title/{language}", "text-missing", _("This text is missing."))
        for language in LANGUAGES
        if not title.get(language)
    ]
    if schema.get("$schema") != DIALECT:
        faults.append(FieldError("/schema/$schema", "wrong-dialect", _("Use JSON Schema 2020-12, and say so.")))
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        pointer = "/schema" + "".join(f"/{part}" for part in error.absolute_path)
        faults.append(FieldError(pointer, "invalid-schema", error.message))
    else:
        if _refers_elsewhere(schema):
            # Whoever checks a record would fetch the address: from inside the network, and from who can change it.
            detail = _("A schema refers to nothing outside itself: begin each reference with #.")
            faults.append(FieldError("/schema", "outside-reference", detail))
        for index, field in enumerate(fields):
            faults += _field_faults(f"/fields/{index}", field, schema)
    pointers = [field.get("pointer") for field in fields]
    if not fields:
        faults.append(FieldError("/fields", "field-missing", _("Name at least one field.")))
    elif len(set(pointers)) != len(pointers):
        faults.append(FieldError("/fields", "field-twice", _("A field is named twice.")))
    return faults


def _refers_elsewhere(part: Any) -> bool:
    """Tell whether a `$ref` or `$dynamicRef` anywhere in a schema leads out of it."""
    if isinstance(part, list):
        return any(_refers_elsewhere(one) for one in part)
    if not isinstance(part, dict):
        return False
    references = (part.get("$ref"), part.get("$dynamicRef"))
    if any(isinstance(one, str) and not one.startswith("#") for one in references):
        return True
    return any(_refers_elsewhere(one) for one in part.values())


def _field_faults(place: str, field: dict[str, Any], schema: dict[str, Any]) -> list[FieldError]:
    faults = []
    try:
        subschema(schema, field["pointer"])
    except KeyError:
        detail = _("The schema has nothing at this pointer.")
        faults.append(FieldError(f"{place}/pointer", "unknown-pointer", detail))
    if not all(field.get("title", {}).get(language) for language in LANGUAGES):
        faults.append(FieldError(f"{place}/title", "text-missing", _("This text is missing.")))
    if not field.get("category"):
        detail = _("Name the category of personal data, from the Data Privacy Vocabulary.")
        faults.append(FieldError(f"{place}/category", "category-missing", detail))
    if field.get("sensitivity") not in SENSITIVITIES:
        detail = _("Say whether the field is ordinary, sensitive or special.")
        faults.append(FieldError(f"{place}/sensitivity", "unknown-sensitivity", detail))
    return faults


def _derivation_faults(
    derivations: Sequence[dict[str, Any]], fields: list[dict[str, Any]], schema: dict[str, Any]
) -> list[FieldError]:
    faults = []
    pointers = {field.get("pointer") for field in fields}
    names = [derivation.get("name") for derivation in derivations]
    for index, derivation in enumerate(derivations):
        place = f"/derivations/{index}"
        name = derivation.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            detail = _("Name the question in small letters, figures and hyphens.")
            faults.append(FieldError(f"{place}/name", "invalid-name", detail))
        elif name in names[:index]:
            faults.append(FieldError(f"{place}/name", "derivation-twice", _("A question is named twice.")))
        if derivation.get("pointer") not in pointers:
            detail = _("A question is about one of the fields.")
            faults.append(FieldError(f"{place}/pointer", "unknown-pointer", detail))
        if not all(derivation.get("title", {}).get(language) for language in LANGUAGES):
            faults.append(FieldError(f"{place}/title", "text-missing", _("This text is missing.")))
        try:
            check_rule(derivation.get("rule"))
        except ValueError as error:
            faults.append(FieldError(f"{place}/rule", "invalid-rule", str(error)))
        else:
            if derivation.get("pointer") in pointers and not _fits(derivation, schema):
                detail = _("This rule cannot answer a question about such a value.")
                faults.append(FieldError(f"{place}/rule", "rule-does-not-fit", detail))
    return faults


def _fits(derivation: dict[str, Any], schema: dict[str, Any]) -> bool:
    try:
        return fits_schema(derivation["rule"], subschema(schema, derivation["pointer"]))
    except KeyError:
        # That the pointer leads nowhere is said of the field.
        return True
