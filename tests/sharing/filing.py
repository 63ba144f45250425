"""A dataset with a place for a photo, and photos for it, for tests."""

import io
from collections.abc import Callable
from uuid import UUID

from PIL import Image

from consent.models import Citizen, Dataset, DatasetVersion
from consent.services.datasets import publish_dataset
from sharing.models import StoredFile, Upload
from sharing.services.files.append import append_part
from sharing.services.files.begin import begin_upload
from sharing.services.files.check import check_upload
from tests.cast import Cast

POINTER = "/picture"
PLACE = "place"


def photo(colour: str = "red", *, width: int = 32) -> bytes:
    """Return a JPEG of one colour."""
    held = io.BytesIO()
    Image.new("RGB", (width, 24), colour).save(held, "JPEG")
    return held.getvalue()


def publish_sightings(cast: Cast, *, required: tuple[str, ...] = (PLACE,)) -> DatasetVersion:
    """Publish the dataset `sighting`: a place, and a photo or film of what was there."""
    return publish_dataset(
        organisation=cast.municipality,
        slug="sighting",
        kind=Dataset.Kind.FILE,
        title={"nl": "Wat u zag", "en": "What you saw"},
        schema={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "required": list(required),
            "properties": {
                PLACE: {"type": "string", "minLength": 1, "maxLength": 100},
                "note": {"type": "string", "maxLength": 500},
                "picture": {"type": "string", "format": "uuid", "contentMediaType": "image/*"},
            },
        },
        fields=[
            {
                "pointer": f"/{PLACE}",
                "title": {"nl": "Plaats", "en": "Place"},
                "category": "pd:Location",
                "sensitivity": "ordinary",
            },
            {
                "pointer": "/note",
                "title": {"nl": "Wat er was", "en": "What was there"},
                "category": "pd:Opinion",
                "sensitivity": "ordinary",
            },
            {
                "pointer": POINTER,
                "title": {"nl": "Foto", "en": "Photo"},
                "category": "pd:Picture",
                "sensitivity": "sensitive",
            },
        ],
    )


def reading(data: bytes) -> Callable[[int], bytes]:
    """Return `read(size)` over `data`, as a connection gives it."""
    return io.BytesIO(data).read


def begin(citizen: Citizen, sightings: DatasetVersion, size: int, name: str = "me at home.jpg") -> Upload:
    return begin_upload(citizen=citizen, dataset_version=sightings, pointer=POINTER, name=name, size=size)


def append(citizen: Citizen, upload_id: UUID, offset: int, data: bytes) -> Upload:
    return append_part(citizen=citizen, upload_id=upload_id, offset=offset, length=len(data), read=reading(data))


def bring(citizen: Citizen, sightings: DatasetVersion, data: bytes) -> Upload:
    """Bring in all of a file; it waits for its check."""
    upload = begin(citizen, sightings, len(data))
    return append(citizen, upload.pk, 0, data)


def store(citizen: Citizen, sightings: DatasetVersion, data: bytes | None = None) -> StoredFile:
    """Bring in a file and have it checked; return it as it is stored."""
    upload = bring(citizen, sightings, data or photo())
    check_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.file is not None, upload.refusal
    return upload.file
