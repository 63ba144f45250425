"""Organisations: controllers and recipients of data, known by their OIN."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.area import cell_size, is_cell
from consent.errors import InvalidOrganisation
from consent.models import Area, Organisation
from consent.notice import LANGUAGES
from consent.oin import is_oin


@transaction.atomic
def register_organisation(
    *,
    oin: str,
    name: str,
    kind: Organisation.Kind,
    address: str,
    contact: str,
    privacy_contact: str,
    departments: Sequence[dict[str, Any]] = (),
) -> Organisation:
    """Return the organisation with this OIN, stored if it is new; raise InvalidOrganisation for what is no OIN.

    `departments` is what Organisation says. An organisation that is there already stays as it is, because its name
    stands in notices that citizens consented to; departments that it did not have yet are added.
    """
    faults = [FieldError("/oin", "invalid-oin", _("An OIN has 20 digits."))] if not is_oin(oin) else []
    for index, department in enumerate(departments):
        if not department.get("name") or not all(department.get("title", {}).get(one) for one in LANGUAGES):
            detail = _("A department has a name, and a title in each language.")
            faults.append(FieldError(f"/departments/{index}", "text-missing", detail))
    if faults:
        raise InvalidOrganisation(errors=faults)
    organisation, _created = Organisation.objects.get_or_create(
        oin=oin,
        defaults={
            "name": name,
            "kind": kind,
            "address": address,
            "contact": contact,
            "privacy_contact": privacy_contact,
        },
    )
    known = {department["name"] for department in organisation.departments}
    added = [department for department in departments if department["name"] not in known]
    if added:
        organisation.departments = [*organisation.departments, *added]
        organisation.save(update_fields=["departments"])
    return organisation


@transaction.atomic
def name_area(*, organisation: Organisation, slug: str, title: dict[str, str], cells: Sequence[str]) -> Area:
    """Return the neighbourhood that `organisation` calls `slug`, stored as told; a title in each language is needed.

    Raises InvalidOrganisation with every fault at once.
    """
    faults = []
    if not all(title.get(language) for language in LANGUAGES):
        faults.append(FieldError("/title", "text-missing", _("This text is missing.")))
    if not cells or not all(is_cell(cell) for cell in cells):
        faults.append(FieldError("/cells", "invalid-cell", _("Give the cells of H3 that the neighbourhood lies in.")))
    elif len({cell_size(cell) for cell in cells}) > 1:
        faults.append(FieldError("/cells", "mixed-sizes", _("All cells of an area have one size.")))
    if faults:
        raise InvalidOrganisation(errors=faults)
    area, _created = Area.objects.update_or_create(
        organisation=organisation, slug=slug, defaults={"title": title, "cells": sorted(set(cells))}
    )
    return area
