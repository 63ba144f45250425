"""Datasets and purposes: drafted by an editor, published by the privacy officer, again when the catalogue changed."""

from collections.abc import Mapping

from django.utils import timezone

from consent.models import Dataset, DatasetVersion, LegalBasis, Purpose, PurposeVersion, Role
from consent.services.datasets import publish_dataset
from consent.services.purposes import AskedField, ask_review, draft_purpose, publish_purpose, sign_assessment
from deploy.demonstration.load.organisations import LoadedOrganisation
from deploy.demonstration.read_catalogue import CataloguedDataset, CataloguedPurpose


def load_dataset(catalogued: CataloguedDataset, organisations: Mapping[str, LoadedOrganisation]) -> DatasetVersion:
    """Return the newest version of the dataset, published if the catalogue says something new."""
    return publish_dataset(
        organisation=organisations[catalogued.organisation].organisation,
        slug=catalogued.slug,
        kind=Dataset.Kind(catalogued.kind),
        title=catalogued.title,
        schema=catalogued.schema,
        fields=catalogued.fields,
        derivations=catalogued.derivations,
    )


def load_purpose(
    catalogued: CataloguedPurpose,
    organisations: Mapping[str, LoadedOrganisation],
    datasets: Mapping[str, DatasetVersion],
) -> tuple[PurposeVersion, bool]:
    """Return the version of the purpose in force, and whether it was published now."""
    fields = [
        AskedField(datasets[field.dataset], field.pointer, field.required, field.reason, field.answer)
        for field in catalogued.fields
    ]
    current = _version_in_force(catalogued.slug)
    if current is not None and _says(current, catalogued, fields):
        return current, False
    controller = organisations[catalogued.organisation]
    draft = draft_purpose(
        author=controller.members[Role.PURPOSE_EDITOR].account,
        organisation=controller.organisation,
        slug=catalogued.slug,
        texts=catalogued.texts,
        legal_basis=LegalBasis(catalogued.legal_basis),
        fields=fields,
        recipients=catalogued.recipients,
        longest_validity_days=catalogued.longest_validity_days,
        most_uses=catalogued.most_uses,
        retention_days=catalogued.retention_days,
        processing_activity=catalogued.processing_activity,
        dpia_reference=catalogued.dpia_reference,
        dpia_review_on=timezone.localdate() + catalogued.dpia_reviewed_within,
        power_imbalance_assessment=catalogued.power_imbalance_assessment,
        storage_place=catalogued.storage_place,
        decides_automatically=catalogued.decides_automatically,
        automated_decisions=catalogued.automated_decisions,
        pilot_ends_on=None if catalogued.pilot_lasts is None else timezone.localdate() + catalogued.pilot_lasts,
        pilot_measures=catalogued.pilot_measures,
    )
    officer = controller.members[Role.PRIVACY_OFFICER].account
    ask_review(editor=controller.members[Role.PURPOSE_EDITOR].account, version=draft)
    if draft.legal_basis == LegalBasis.CONSENT:
        sign_assessment(officer=officer, version=draft)
    publish_purpose(version=draft, reviewer=officer)
    published = _version_in_force(catalogued.slug)
    assert published is not None
    return published, True


def _version_in_force(slug: str) -> PurposeVersion | None:
    """Return the version with what is read of it again and again."""
    return (
        PurposeVersion.objects.filter(pk__in=Purpose.objects.in_force().filter(slug=slug).values("current_version"))
        .select_related("purpose__organisation")
        .prefetch_related("fields")
        .first()
    )


def _says(version: PurposeVersion, catalogued: CataloguedPurpose, fields: list[AskedField]) -> bool:
    """Tell whether a published version says what the catalogue says, to the letter.

    Of the days that it names, the catalogue says how far ahead they are; once published they stay.
    """
    return (
        version.texts == catalogued.texts
        and version.legal_basis == catalogued.legal_basis
        and version.power_imbalance_assessment == catalogued.power_imbalance_assessment
        and tuple(version.recipients) == catalogued.recipients
        and version.longest_validity_days == catalogued.longest_validity_days
        and version.most_uses == catalogued.most_uses
        and version.retention_days == catalogued.retention_days
        and version.dpia_reference == catalogued.dpia_reference
        and version.storage_place == catalogued.storage_place
        and version.decides_automatically == catalogued.decides_automatically
        and version.automated_decisions == catalogued.automated_decisions
        and (version.pilot_ends_on is None) == (catalogued.pilot_lasts is None)
        and version.pilot_measures == catalogued.pilot_measures
        and version.processing_activity == catalogued.processing_activity
        and [
            (field.dataset_version_id, field.name, field.required, field.reason, field.answer)
            for field in version.fields.all()
        ]
        == [(field.dataset_version.pk, field.name, field.required, field.reason, field.answer) for field in fields]
    )
