"""Footage between Anna and the municipality: a purpose that asks for a film, and a film in her vault."""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client as Browser
from django.utils import timezone

from consent.actor import Actor
from consent.keys.envelope import random_key
from consent.keys.vault_key import open_vault_key
from consent.models import Citizen, Consent, Dataset, DatasetVersion, PurposeVersion
from consent.services.answer import grant_consent
from consent.services.purposes import AskedField
from sharing.files.chunked import SealedWriter
from sharing.files.keys import content_context, seal_file_name, still_context, wrap_for_vault
from sharing.files.storage import file_storage
from sharing.models import Request, StoredFile
from sharing.services.release import release
from sharing.services.request import create_request
from sharing.services.vault import store_record
from tests.api import actor_of, token_for
from tests.cast import ANNA_BSN, Cast
from tests.purposes import publish

FILM = "footage#/film"
CAMERA = "footage#/camera"
SIZE = 1_000_000
STILL = b"\xff\xd8\xff\xe0 a picture that nobody decodes"


@dataclass(frozen=True, slots=True)
class Footage:
    """Anna's film under a consent, and a request of the municipality's system for it."""

    cast: Cast
    version: PurposeVersion
    file: StoredFile
    consent: Consent
    request: Request
    content: bytes = field(repr=False)

    @property
    def actor(self) -> Actor:
        return actor_of(self.cast.municipal_system)

    def release(self, actor: Actor | None = None, *, key: str = "footage") -> UUID:
        """Release the film, to the municipality's system unless told otherwise; return the id of the release."""
        outcome = release(actor=actor or self.actor, request_id=self.request.pk, idempotency_key=key)
        return outcome.data_or_refusal().id


def make_footage(
    cast: Cast,
    *,
    size: int = SIZE,
    content: bytes | None = None,
    media_type: str = "video/webm",
    still: bytes = STILL,
    required: bool = True,
    **terms: Any,
) -> Footage:
    """Store a film of random bytes, or `content`, share it under a new purpose, and ask for it."""
    dataset = footage_dataset(cast)
    version = publish(
        cast,
        "incident-footage",
        fields=[
            AskedField(dataset, "/film", required=required, reason={"nl": "Om te zien.", "en": "To see."}),
            AskedField(dataset, "/camera", required=False, reason={"nl": "Welke.", "en": "Which."}),
        ],
    )
    content = os.urandom(size) if content is None else content
    file = store_film(cast.anna, dataset, content, media_type=media_type, still=still)
    consent = share_footage(cast, version, **terms)
    asked = create_request(
        actor=actor_of(cast.municipal_system),
        purpose="incident-footage",
        fields=[FILM, CAMERA],
        case="Z-2026-9",
        bsn=ANNA_BSN,
    )
    return Footage(cast, version, file, consent, asked, content)


def footage_dataset(cast: Cast) -> DatasetVersion:
    titles = {"film": {"nl": "De beelden", "en": "The footage"}, "camera": {"nl": "Welke camera", "en": "Which camera"}}
    return DatasetVersion.objects.create(
        dataset=Dataset.objects.create(organisation=cast.municipality, slug="footage", kind=Dataset.Kind.FILE),
        number=1,
        title={"nl": "Camerabeelden", "en": "Camera footage"},
        schema={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "film": {"type": "string", "format": "uuid", "contentMediaType": "video/*"},
                "camera": {"type": "string"},
            },
            "additionalProperties": False,
        },
        fields=[
            {"pointer": f"/{name}", "title": title, "category": "pd:Picture", "sensitivity": "sensitive"}
            for name, title in titles.items()
        ],
        derivations=[
            {
                "pointer": "/film",
                "name": "is-known",
                "title": {"nl": "Is bekend", "en": "Is known"},
                "rule": {"kind": "equals", "value": "00000000-0000-0000-0000-000000000000"},
            }
        ],
    )


def store_film(
    citizen: Citizen, dataset: DatasetVersion, content: bytes, *, media_type: str = "video/webm", still: bytes = STILL
) -> StoredFile:
    """Store a file as the end of an upload does, and name it in the citizen's record."""
    file = StoredFile(
        citizen=citizen,
        dataset_version=dataset,
        pointer="/film",
        media_type=media_type,
        size=len(content),
        still_size=len(still),
        stored_at=timezone.now(),
    )
    vault_key, data_key = open_vault_key(citizen), random_key()
    file.wrapped_data_key = wrap_for_vault(data_key, vault_key=vault_key, file=file)
    file.sealed_name = seal_file_name("Ruzie op straat.webm", vault_key=vault_key, file=file)
    seal_blob(str(file.pk), content, key=data_key, context=content_context(file.pk))
    if still:
        seal_blob(f"{file.pk}.still", still, key=data_key, context=still_context(file.pk))
    file.save(force_insert=True)
    store_record(citizen=citizen, dataset_version=dataset, content={"film": str(file.pk), "camera": "Deurbel voorkant"})
    return file


def seal_blob(name: str, content: bytes, *, key: bytes, context: bytes) -> None:
    sink = file_storage().create(name)
    with SealedWriter(sink, key=key, context=context) as writer:
        writer.write(content)
    sink.finish()


def share_footage(cast: Cast, version: PurposeVersion, citizen: Citizen | None = None, **terms: Any) -> Consent:
    return grant_consent(
        citizen=citizen or cast.anna,
        purpose_version_id=version.pk,
        terms={
            "validUntil": (timezone.now() + timedelta(days=7)).isoformat(),
            "fields": [FILM, CAMERA],
            "recipients": [{"oin": cast.municipality.oin}],
            **terms,
        },
        language="nl",
        notice_hash=version.notice_hashes["nl"],
    )


def path_of(release_id: UUID, file_id: UUID, last: str = "") -> str:
    return f"/api/v1/releases/{release_id}/files/{file_id}{last}"


def fetch(footage: Footage, release_id: UUID, *, last: str = "", token: str | None = None, **headers: str) -> Any:
    """Ask for the film as the municipality's system, with other headers by their names with underscores."""
    token = token or token_for(footage.cast.municipal_system)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Browser().get(
        path_of(release_id, footage.file.pk, last), headers={"authorization": f"Bearer {token}", **named}
    )


def body_of(answer: Any) -> bytes:
    """Return the body of an answer that streams, all of it, after which the server is done with it."""
    return b"".join(answer.streaming_content)


def close_answer(answer: Any) -> None:
    """Close an answer as a server does whose caller went away; the connection to the database stays the test's."""
    request_finished.disconnect(close_old_connections)
    try:
        for close in answer._resource_closers:
            close()
    finally:
        request_finished.connect(close_old_connections)
