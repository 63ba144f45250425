"""Bringing in the bytes of an upload, as tus 1.0.0 has it: each request goes on where the last one ended."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import DomainError, FieldError
from consent.keys.vault_key import open_vault_key
from consent.models import Act, Citizen, Mandate
from consent.services.mandates import check_mandate
from sharing.errors import InvalidUpload, UploadMoved, UploadNotFound, UploadTooLarge
from sharing.files.keys import open_upload_key
from sharing.files.kick import kick_check
from sharing.models import Upload, UploadPart
from sharing.services.files.parts import Part, PartWriter, delete_blobs

# What comes at once from a connection.
_PIECE = 256 * 1024
# Of an upload that is brought in crumbs, each of which is a file in the storage and a row.
_PARTS_BESIDE_FULL_ONES = 200

logger = structlog.get_logger(__name__)

Read = Callable[[int], bytes]


def find_upload(*, citizen: Citizen, upload_id: UUID) -> Upload:
    """Return an upload of `citizen`; raise UploadNotFound for one that is another's, ended, or never was."""
    found = (
        Upload.objects.of_citizen(citizen)
        .select_related("citizen", "dataset_version__dataset", "file")
        .filter(pk=upload_id, ends_at__gt=timezone.now())
        .first()
    ) or Upload.objects.of_citizen(citizen).filter(pk=upload_id, state=Upload.State.CHECKING).first()
    if found is None:
        raise UploadNotFound
    return found


def append_part(
    *, citizen: Citizen, upload_id: UUID, offset: int, length: int, read: Read, mandate: Mandate | None = None
) -> Upload:
    """Seal the next `length` bytes, which `read(size)` gives, and go on from there; return the upload as it is then.

    The bytes are durable before the upload says that it has them. When the caller goes away half-way, what came is
    kept. Of two that bring the same bytes one is kept, and the other raises UploadMoved. When all bytes are there the
    file is checked. Raises UploadNotFound, UploadTooLarge, InvalidUpload, MandateRefused, StorageFull or
    StorageUnavailable; then nothing is kept.
    """
    upload = find_upload(citizen=citizen, upload_id=upload_id)
    if upload.state != Upload.State.RECEIVING or upload.received != offset:
        raise UploadMoved
    if length > settings.LARGEST_PART or offset + length > upload.announced_size:
        raise UploadTooLarge(detail=_("There are more bytes in this part than there can be."))
    if length <= 0:
        raise InvalidUpload(errors=[FieldError("", "part-empty", _("This part of the file is empty."))])
    writer = PartWriter(
        upload_id=upload.pk,
        upload_key=open_upload_key(upload, vault_key=open_vault_key(citizen)),
        position=offset,
    )
    try:
        _receive(writer, length, read)
        if not writer.size:
            writer.abandon()
            return upload
        part = writer.finish()
    except BaseException:
        writer.abandon()
        raise
    try:
        return _take(upload, part, mandate)
    except DomainError:
        # Of any other nobody knows whether the commit came through: what is left over is collected.
        delete_blobs([part.blob])
        raise


def _receive(writer: PartWriter, length: int, read: Read) -> None:
    missing = length
    while missing:
        try:
            data = read(min(missing, _PIECE))
        except UnreadablePostError:
            data = b""
        if not data:
            logger.info("an upload was interrupted", missing=missing)
            return
        writer.write(data)
        missing -= len(data)


@transaction.atomic
def _take(upload: Upload, part: Part, mandate: Mandate | None) -> Upload:
    now = timezone.now()
    if mandate is not None:
        check_mandate(mandate, citizen=upload.citizen, act=Act.CHANGE, purpose="", now=now)
    received = part.position + part.size
    whole = received == upload.announced_size
    state = Upload.State.CHECKING if whole else Upload.State.RECEIVING
    # One statement compares and sets: of two that bring the same bytes, the second finds the offset moved. An upload
    # that was stopped, or whose citizen was erased, is no longer there.
    taken = Upload.objects.filter(pk=upload.pk, received=part.position, state=Upload.State.RECEIVING).update(
        received=received, state=state, ends_at=now + (settings.CHECK_QUEUED if whole else settings.UPLOAD_KEPT)
    )
    if not taken:
        raise UploadMoved
    UploadPart.objects.create(upload=upload, position=part.position, size=part.size, blob=part.blob)
    if not whole and upload.parts.count() > _PARTS_BESIDE_FULL_ONES + received // settings.LARGEST_PART:
        raise UploadTooLarge(detail=_("This file comes in too many small parts. Begin once more."))
    if whole:
        transaction.on_commit(partial(kick_check, upload.pk))
    upload.refresh_from_db()
    return upload
