"""A citizen stops an upload, or removes a file."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent.models import Act, Citizen, Mandate
from consent.services.citizens import lock_citizen
from consent.services.mandates import check_mandate
from sharing.errors import StoredFileNotFound, UploadNotFound
from sharing.models import StoredFile, Upload
from sharing.services.files.forget import forget_file
from sharing.services.files.parts import delete_blobs
from sharing.services.vault import take_file_out


@transaction.atomic
def stop_upload(*, citizen: Citizen, upload_id: UUID, mandate: Mandate | None = None) -> None:
    """Forget an upload and the bytes that came. What was stored stays; raise UploadNotFound for what is not there."""
    lock_citizen(citizen)
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose="", now=timezone.now())
    upload = Upload.objects.of_citizen(citizen).select_for_update(no_key=True).filter(pk=upload_id).first()
    if upload is None:
        raise UploadNotFound
    blobs = [part.blob for part in upload.parts.all()]
    upload.delete()
    transaction.on_commit(lambda: delete_blobs(blobs))


@transaction.atomic
def remove_file(*, citizen: Citizen, file_id: UUID, mandate: Mandate | None = None) -> StoredFile:
    """Take a file out of the vault, and out of the record that it is a value of.

    Consents that share it keep it until they end. Raises StoredFileNotFound, FileNeeded where the record cannot be
    without it, MandateRefused, or CitizenErased.
    """
    lock_citizen(citizen)
    now = timezone.now()
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose="", now=now)
    file = find_file(citizen=citizen, file_id=file_id)
    take_file_out(file=file, mandate=mandate)
    forget_file(file, at=now, mandate=mandate)
    return file


def find_file(*, citizen: Citizen, file_id: UUID) -> StoredFile:
    """Return a file that `citizen` has now; raise StoredFileNotFound for another's, and for one that is gone."""
    file = (
        StoredFile.objects.in_vault_of(citizen)
        .select_related("citizen", "dataset_version__dataset")
        .filter(pk=file_id)
        .first()
    )
    if file is None:
        raise StoredFileNotFound
    return file
