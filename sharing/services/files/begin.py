"""Beginning an upload: whether this citizen may add a file of this size at this place."""

import re
import unicodedata
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from audit.errors import FieldError
from consent.keys.envelope import random_key
from consent.keys.vault_key import open_vault_key
from consent.models import Act, Citizen, DatasetVersion, Mandate
from consent.services.citizens import lock_citizen
from consent.services.mandates import check_mandate
from sharing.errors import InvalidUpload, NotAFileField, TooManyUploads, UploadTooLarge, VaultFull
from sharing.files.field import accepted_media_types
from sharing.files.keys import seal_upload_name, wrap_upload_key
from sharing.models import StoredFile, Upload

LONGEST_NAME = 255


@transaction.atomic
def begin_upload(
    *,
    citizen: Citizen,
    dataset_version: DatasetVersion,
    pointer: str,
    name: str,
    size: int,
    keeps_metadata: bool = False,
    mandate: Mandate | None = None,
) -> Upload:
    """Begin to bring in a file of `size` bytes for one field of the citizen's vault.

    `name` is what the citizen calls it, and only that one ever reads it. Raises NotAFileField, InvalidUpload,
    UploadTooLarge, TooManyUploads, VaultFull, MandateRefused, or CitizenErased.
    """
    upload, upload_key = draft_upload(
        citizen=citizen, dataset_version=dataset_version, pointer=pointer, name=name, size=size
    )
    upload.keeps_metadata = keeps_metadata
    check_room(citizen=citizen, size=size, mandate=mandate, now=upload.begun_at)
    upload.mandate = mandate
    upload.wrapped_upload_key = wrap_upload_key(upload_key, vault_key=open_vault_key(citizen), upload=upload)
    upload.save(force_insert=True)
    return upload


def draft_upload(
    *, citizen: Citizen, dataset_version: DatasetVersion, pointer: str, name: str, size: int
) -> tuple[Upload, bytes]:
    """Return an upload that is not stored yet and its key; raise NotAFileField, InvalidUpload or UploadTooLarge."""
    if not accepted_media_types(dataset_version.schema, pointer):
        raise NotAFileField
    check_size(size)
    now = timezone.now()
    upload = Upload(
        id=uuid7(),
        citizen=citizen,
        dataset_version=dataset_version,
        pointer=pointer,
        announced_size=size,
        begun_at=now,
        ends_at=now + settings.UPLOAD_KEPT,
    )
    upload.sealed_name = seal_upload_name(plain_name(name), vault_key=open_vault_key(citizen), upload=upload)
    return upload, random_key()


def check_size(size: int) -> None:
    """Raise InvalidUpload for no bytes, UploadTooLarge for too many."""
    if size <= 0:
        raise InvalidUpload(errors=[FieldError("", "file-empty", _("This file is empty."))])
    if size > settings.LARGEST_FILE:
        raise UploadTooLarge(
            detail=_("A file can be at most %(size)s.") % {"size": filesizeformat(settings.LARGEST_FILE)}
        )


def check_room(*, citizen: Citizen, size: int, mandate: Mandate | None, now: datetime) -> None:
    """Wait for other changes of this citizen, and refuse a file that there is no room for, in the caller's
    transaction. Raises TooManyUploads, VaultFull, MandateRefused, or CitizenErased."""
    lock_citizen(citizen)
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose="", now=now)
    unfinished = Upload.objects.of_citizen(citizen).unfinished()
    if unfinished.count() >= settings.MOST_UPLOADS:
        raise TooManyUploads(detail=_("Go on with one of the files that you began with, or stop it."))
    stored = StoredFile.objects.in_vault_of(citizen).aggregate(total=Sum("size"))["total"] or 0
    announced = unfinished.aggregate(total=Sum("announced_size"))["total"] or 0
    if stored + announced + size > settings.MOST_FILES_SIZE:
        raise VaultFull(
            detail=_("All your files together can be at most %(size)s. Remove one that you no longer need.")
            % {"size": filesizeformat(settings.MOST_FILES_SIZE)}
        )


def plain_name(name: str) -> str:
    """Return the last part of a file's name, without what no screen shows, and not longer than file systems allow."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(one for one in last if unicodedata.category(one)[0] != "C").strip()
    return shown[:LONGEST_NAME]
