"""A file that a release gave the right to view: what is known of it before it is decided whether it still may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from consent.actor import Actor
from sharing.errors import ReleasedFileNotFound
from sharing.models import SharedFile, StoredFile

# What a granted file is in a record: which file, and what kind of one. Its bytes are asked for by its id.
_DESCRIPTOR = {"id", "mediaType", "size"}


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """A file of the consent that a release rests on, and that release. `name` is the full name of its field."""

    release_id: UUID
    request_id: UUID
    organisation_id: UUID
    consent_id: UUID
    idempotency_key: str
    entry_id: UUID
    released_at: datetime
    shared: SharedFile

    @property
    def name(self) -> str:
        return self.shared.name

    @property
    def file(self) -> StoredFile:
        return self.shared.file


def find_released_file(*, actor: Actor, release_id: UUID, file_id: UUID) -> ReleasedFile:
    """Return a file of a release that was made to this very actor, as its consent shares it now, in one statement.

    Raises ReleasedFileNotFound for another actor's release, a file of another consent, a field that was not asked
    for, one that is no longer shared, and one that was added after the release.
    """
    shared = (
        SharedFile.objects.select_related("file")
        .filter(
            file_id=file_id,
            consent__releases__pk=release_id,
            consent__releases__organisation_id=actor.organisation_id,
            consent__releases__actor=actor.id,
            # What took its place since, where the consent is kept up to date, is of an access of its own.
            file__stored_at__lte=F("consent__releases__released_at"),
        )
        .annotate(
            request_id=F("consent__releases__request_id"),
            idempotency_key=F("consent__releases__idempotency_key"),
            release_entry=F("consent__releases__entry"),
            released_at=F("consent__releases__released_at"),
            asked_fields=F("consent__releases__request__fields"),
        )
        .first()
    )
    if shared is None or shared.name not in shared.asked_fields:
        raise ReleasedFileNotFound
    return ReleasedFile(
        release_id=release_id,
        request_id=shared.request_id,
        organisation_id=actor.organisation_id,
        consent_id=shared.consent_id,
        idempotency_key=shared.idempotency_key,
        entry_id=shared.release_entry,
        released_at=shared.released_at,
        shared=shared,
    )


def files_among(values: Mapping[str, Any], *, consent_id: UUID) -> frozenset[str]:
    """Return the names of those of `values`, {full field name: value}, that are files which the consent shares.

    Asks the database only where a value has the form of one.
    """
    described = {name: value for name, value in values.items() if isinstance(value, dict) and set(value) == _DESCRIPTOR}
    if not described:
        return frozenset()
    shared = SharedFile.objects.filter(consent_id=consent_id, name__in=described).values_list("name", "file_id")
    return frozenset(name for name, file_id in shared if described[name]["id"] == str(file_id))
