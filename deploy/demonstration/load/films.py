"""A film in the vault of a citizen, brought in as any other: in parts, checked, cleaned and sealed."""

import io

from consent.models import Citizen, DatasetVersion
from deploy.demonstration.film import draw_film
from sharing.models import StoredFile
from sharing.services.files.append import append_part
from sharing.services.files.begin import begin_upload
from sharing.services.files.check import check_upload

POINTER = "/beelden"


def load_film(citizen: Citizen, dataset: DatasetVersion) -> int:
    """Add a film to the footage of `citizen`, who has none yet; return how many were added."""
    if StoredFile.objects.in_vault_of(citizen).filter(pointer=POINTER).exists():
        return 0
    film = draw_film(seconds=8)
    upload = begin_upload(
        citizen=citizen, dataset_version=dataset, pointer=POINTER, name="Deurbel voorkant.mp4", size=len(film)
    )
    append_part(citizen=citizen, upload_id=upload.pk, offset=0, length=len(film), read=io.BytesIO(film).read)
    check_upload(upload_id=upload.pk)
    return StoredFile.objects.in_vault_of(citizen).filter(pointer=POINTER).count()
