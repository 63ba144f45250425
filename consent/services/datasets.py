"""Datasets: what can be shared, defined by a JSON Schema and published in numbered versions."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from audit.errors import FieldError
from consent.errors import InvalidDataset
from consent.models import Dataset, DatasetVersion, Organisation
from consent.notice import LANGUAGES
from consent.schema_pointer import subschema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SENSITIVITIES = ("ordinary", "sensitive", "special")


@transaction.atomic
def publish_dataset(
    *,
    organisation: Organisation,
    slug: str,
    kind: Dataset.Kind,
    title: dict[str, str],
    schema: dict[str, Any],
    fields: list[dict[str, Any]],
) -> DatasetVersion:
    """Return the newest version of a dataset, stored as the next one if anything in it is new.

    `fields` is what DatasetVersion says. Raises InvalidDataset with every fault at once, also where another
    organisation has a dataset with this name.
    """
    dataset = Dataset.objects.filter(slug=slug).first()
    faults = _faults(title=title, schema=schema, fields=fields)
    if dataset is not None and (dataset.organisation_id != organisation.pk or dataset.kind != kind):
        faults.append(FieldError("/slug", "slug-taken", _("There is another dataset with this name.")))
    if faults:
        raise InvalidDataset(errors=faults)
    if dataset is None:
        dataset = Dataset.objects.create(organisation=organisation, slug=slug, kind=kind)
    newest = dataset.versions.order_by("number").last()
    if newest is not None and (newest.title, newest.schema, newest.fields) == (title, schema, fields):
        return newest
    return DatasetVersion.objects.create(
        dataset=dataset, number=newest.number + 1 if newest else 1, title=title, schema=schema, fields=fields
    )


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
        for index, field in enumerate(fields):
            faults += _field_faults(f"/fields/{index}", field, schema)
    pointers = [field.get("pointer") for field in fields]
    if not fields:
        faults.append(FieldError("/fields", "field-missing", _("Name at least one field.")))
    elif len(set(pointers)) != len(pointers):
        faults.append(FieldError("/fields", "field-twice", _("A field is named twice.")))
    return faults


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
