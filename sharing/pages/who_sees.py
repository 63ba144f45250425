"""Who sees what a citizen changes in one record, and who keeps seeing what it said before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.lifecycle import State
from consent.models import Citizen, Consent, DatasetVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A consent that shares fields of the record; `follows` tells whether it gets what changes, `paused` that it does
    when its citizen goes on with it."""

    consent_id: UUID
    name: str
    fields: tuple[str, ...]
    follows: bool
    paused: bool


def readers_of(citizen: Citizen, version: DatasetVersion, *, language: str, now: datetime) -> list[Reader]:
    """Return the consents that share something of the dataset, in `language`, by name.

    One that shares another version of the dataset does not follow: what it has is another record.
    """
    consents = (
        Consent.objects.of_citizen(citizen)
        .standing()
        .filter(ends_at__gt=now, sealed_items__dataset_version__dataset=version.dataset_id)
        .distinct()
        .with_purpose()
        .prefetch_related("purpose_version__fields__dataset_version__dataset")
    )
    return sorted((_reader(consent, version, language) for consent in consents), key=lambda reader: reader.name)


def _reader(consent: Consent, version: DatasetVersion, language: str) -> Reader:
    terms = consent.terms
    fields = [
        field
        for field in consent.purpose_version.fields.all()
        if field.name in terms.fields and field.dataset_version.dataset_id == version.dataset_id
    ]
    return Reader(
        consent_id=consent.pk,
        name=f"{consent.purpose.organisation.name}: {consent.purpose_version.text(language)['title']}",
        fields=tuple(field.title(language) for field in fields),
        follows=terms.keeps_up_to_date and any(field.dataset_version_id == version.pk for field in fields),
        paused=consent.state == State.PAUSED,
    )
