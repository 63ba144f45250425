"""Adopting a purpose of another organisation: its file becomes a draft here, to be finished and reviewed here."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from consent.errors import InvalidPurposeFile
from consent.models import Account, Dataset, DatasetVersion, LegalBasis, Organisation, PurposeVersion, Role
from consent.services.datasets import publish_dataset
from consent.services.purposes import AskedField, draft_purpose
from consent.services.purposes.roles import require_role

_SAME = ("title", "schema", "fields", "derivations")


@transaction.atomic
def adopt_purpose(
    *, author: Account, organisation: Organisation, content: dict[str, Any], slug: str = ""
) -> PurposeVersion:
    """Store what `read_purpose_file` returned as a draft of `organisation`; `slug` gives it another name here.

    The organisation itself becomes the only recipient. The impact assessment, the assessment of the imbalance of power
    and the place where data is kept are empty: they are not the other one's to give. Datasets that are not here yet
    come along. Raises RoleRequired, InvalidPurpose where the name is taken, and InvalidPurposeFile where a dataset
    here has the same name and says something else.
    """
    require_role(author, organisation, Role.PURPOSE_EDITOR)
    purpose = content["purpose"]
    if purpose["legalBasis"] not in LegalBasis.values:
        raise InvalidPurposeFile(_("The legal basis %(basis)s is not known here.") % {"basis": purpose["legalBasis"]})
    datasets = {given["slug"]: _dataset(given, organisation) for given in content["datasets"]}
    return draft_purpose(
        author=author,
        organisation=organisation,
        slug=slug or content["slug"],
        texts=purpose["texts"],
        legal_basis=LegalBasis(purpose["legalBasis"]),
        fields=[_field(given, datasets) for given in purpose["fields"]],
        recipients=[organisation.oin],
        longest_validity_days=purpose["longestValidityDays"],
        most_uses=purpose["mostUses"],
        retention_days=purpose["retentionDays"],
        processing_activity="",
        decides_automatically=purpose["decidesAutomatically"],
        automated_decisions=purpose["automatedDecisions"],
        pilot_measures=purpose["pilotMeasures"],
        adopted_from=f"{content['organisation']['oin']} {content['slug']} {content['number']}",
    )


def _dataset(given: dict[str, Any], organisation: Organisation) -> DatasetVersion:
    """Return the version here that says the same as `given`, published for the adopter if none has that name."""
    found = DatasetVersion.objects.filter(dataset__slug=given["slug"]).select_related("dataset").order_by("-number")
    for version in found:
        if version.dataset.kind == given["kind"] and all(getattr(version, part) == given[part] for part in _SAME):
            return version
    if found:
        detail = _("There is a dataset %(slug)s here that says something else. Make the two the same first.")
        raise InvalidPurposeFile(detail % {"slug": given["slug"]})
    if given["kind"] not in Dataset.Kind.values:
        raise InvalidPurposeFile(_("The dataset %(slug)s is of an unknown kind.") % {"slug": given["slug"]})
    return publish_dataset(
        organisation=organisation,
        slug=given["slug"],
        kind=Dataset.Kind(given["kind"]),
        title=given["title"],
        schema=given["schema"],
        fields=given["fields"],
        derivations=given["derivations"],
    )


def _field(given: dict[str, Any], datasets: dict[str, DatasetVersion]) -> AskedField:
    slug, _hash, pointer = given["name"].partition("#")
    if slug not in datasets:
        raise InvalidPurposeFile(_("The file asks for %(field)s and lacks its dataset.") % {"field": given["name"]})
    return AskedField(datasets[slug], pointer, given["required"], given["reason"], given["answer"])
