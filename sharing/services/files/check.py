"""Checking an upload in the background, and storing what is left of it as a file. Only then does anybody see it."""

import io
import secrets
from typing import Any, BinaryIO, cast
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.entry import Entry
from audit.services.append import append_entry
from consent.errors import CitizenErased, DoesNotOpen, KeyDestroyed
from consent.keys.vault_key import open_vault_key
from consent.models import Mandate
from consent.services.citizens import lock_citizen
from consent.services.mandates import acting_for_text
from sharing import actions
from sharing.errors import BlobMissing
from sharing.files.chunked import KEY_BYTES, SealedReader, SealedWriter
from sharing.files.content.confinement import clean, still
from sharing.files.content.errors import FileDamaged, FileRefused, FileTooLarge, ScannerUnavailable, TypeNotAllowed
from sharing.files.content.media_type import detect
from sharing.files.content.virus_scan import scan
from sharing.files.field import accepted_media_types
from sharing.files.keys import (
    content_context,
    open_upload_key,
    open_upload_name,
    seal_file_name,
    still_context,
    wrap_for_vault,
)
from sharing.files.storage import file_storage
from sharing.models import StoredFile, Upload
from sharing.services.files.parts import PartsReader, delete_blobs
from sharing.services.vault import put_file

_BUFFER = 256 * 1024

logger = structlog.get_logger(__name__)


def check_upload(*, upload_id: UUID) -> None:
    """Scan, clean and store an upload whose bytes are all there, or say why not. Safe to run twice, and at once.

    Raises StorageFull, StorageUnavailable or ScannerUnavailable; the upload then waits, and is checked later.
    """
    upload = (
        Upload.objects.filter(pk=upload_id, state=Upload.State.CHECKING)
        .select_related("citizen", "dataset_version__dataset", "mandate")
        .first()
    )
    if upload is None:
        return
    _presume_lost_after(upload, settings.CHECK_TAKES)
    try:
        vault_key = open_vault_key(upload.citizen)
    except KeyDestroyed:
        # Erased a moment ago, and the upload with it.
        return
    parts = list(upload.parts.all())
    raw = PartsReader(parts, upload_id=upload.pk, upload_key=open_upload_key(upload, vault_key=vault_key))
    file = _draft_file(upload, vault_key)
    data_key = secrets.token_bytes(KEY_BYTES)
    try:
        try:
            with io.BufferedReader(raw, _BUFFER) as reader:
                _seal_cleaned(upload, file, data_key, cast(BinaryIO, reader))
            file.still_size = _seal_still(file, data_key)
        except BaseException:
            _delete_file(file)
            raise
    except FileRefused as refusal:
        _refuse(upload, refusal.code)
        return
    except (BlobMissing, DoesNotOpen):
        logger.exception("the parts of an upload cannot be read", upload=str(upload.pk))
        _refuse(upload, FileDamaged.code)
        return
    except SoftTimeLimitExceeded:
        # It would take as long the next time: a file can be made so that its check never ends, and hold a worker.
        logger.warning("an upload took too long to check", upload=str(upload.pk))
        _refuse(upload, FileTooLarge.code)
        return
    except ScannerUnavailable:
        _presume_lost_after(upload, settings.CHECK_QUEUED)
        raise
    file.wrapped_data_key = wrap_for_vault(data_key, vault_key=vault_key, file=file)
    # Of an exception from here nobody knows whether the commit came through: what is left over is collected.
    if _store(upload, file):
        delete_blobs(part.blob for part in parts)
    else:
        # Another worker was first, or the citizen stopped it.
        _delete_file(file)


def _delete_file(file: StoredFile) -> None:
    delete_blobs([str(file.pk), f"{file.pk}.still"])


def _draft_file(upload: Upload, vault_key: bytes) -> StoredFile:
    """Return a stored file with an id of its own, so that two checks at once never write the same blob."""
    file = StoredFile(
        id=uuid7(),
        citizen=upload.citizen,
        dataset_version=upload.dataset_version,
        pointer=upload.pointer,
        stored_at=timezone.now(),
    )
    name = open_upload_name(upload, vault_key=vault_key)
    file.sealed_name = seal_file_name(name, vault_key=vault_key, file=file)
    return file


def _seal_cleaned(upload: Upload, file: StoredFile, data_key: bytes, reader: BinaryIO) -> None:
    scan(reader)
    reader.seek(0)
    file.media_type = detect(reader)
    if file.media_type not in accepted_media_types(upload.dataset_version.schema, upload.pointer):
        raise TypeNotAllowed
    reader.seek(0)
    sink = file_storage().create(str(file.pk))
    writer = SealedWriter(sink, key=data_key, context=content_context(file.pk))
    try:
        file.media_type = clean(
            reader,
            cast(BinaryIO, writer),
            media_type=file.media_type,
            keeps_metadata=upload.keeps_metadata,
        )
        writer.close()
        sink.finish()
    except BaseException:
        writer.abandon()
        sink.abandon()
        raise
    file.size = writer.size


def _seal_still(file: StoredFile, data_key: bytes) -> int:
    """Make the small picture from the cleaned file, as everybody will see it; return its size, 0 for none."""
    raw = SealedReader(file_storage().open(str(file.pk)), key=data_key, context=content_context(file.pk))
    with io.BufferedReader(raw, _BUFFER) as reader:
        picture = still(cast(BinaryIO, reader), media_type=file.media_type)
    if not picture:
        return 0
    sink = file_storage().create(f"{file.pk}.still")
    try:
        with SealedWriter(sink, key=data_key, context=still_context(file.pk)) as writer:
            writer.write(picture)
        sink.finish()
    except BaseException:
        sink.abandon()
        raise
    return len(picture)


@transaction.atomic
def _store(upload: Upload, file: StoredFile) -> bool:
    """Make the file visible, with its entry; return whether this check was the one that did."""
    try:
        lock_citizen(upload.citizen)
    except CitizenErased:
        return False
    if not _still_checking(upload):
        return False
    now = timezone.now()
    file.stored_at = now
    file.save(force_insert=True)
    Upload.objects.filter(pk=upload.pk).update(state=Upload.State.STORED, file=file, ends_at=now + settings.UPLOAD_KEPT)
    upload.parts.all().delete()
    _log(
        upload,
        outcome="allowed",
        details={"file": str(file.pk), "mediaType": file.media_type, "size": file.size},
        action=actions.FILE_STORED.name,
    )
    put_file(file=file, mandate=upload.mandate)
    return True


@transaction.atomic
def _refuse(upload: Upload, code: str) -> None:
    """Say why the file is not taken in, and forget its bytes."""
    try:
        lock_citizen(upload.citizen)
    except CitizenErased:
        return
    if not _still_checking(upload):
        return
    blobs = [part.blob for part in upload.parts.all()]
    Upload.objects.filter(pk=upload.pk).update(
        state=Upload.State.REFUSED, refusal=code, ends_at=timezone.now() + settings.UPLOAD_KEPT
    )
    upload.parts.all().delete()
    _log(upload, outcome="refused", reason=code, details={}, action=actions.UPLOAD_REFUSED.name)
    transaction.on_commit(lambda: delete_blobs(blobs))


def _still_checking(upload: Upload) -> bool:
    return Upload.objects.select_for_update(no_key=True).filter(pk=upload.pk, state=Upload.State.CHECKING).exists()


def _presume_lost_after(upload: Upload, length: Any) -> None:
    Upload.objects.filter(pk=upload.pk, state=Upload.State.CHECKING).update(ends_at=timezone.now() + length)


def _log(upload: Upload, *, action: str, outcome: Any, details: dict[str, Any], reason: str = "") -> None:
    mandate: Mandate | None = upload.mandate
    append_entry(
        Entry(
            action=action,
            outcome=outcome,
            reason=reason,
            at=timezone.now(),
            subject=upload.citizen.log_subject,
            acting_for=acting_for_text(mandate),
            fields=(f"{upload.dataset_version.dataset.slug}#{upload.pointer}",),
            details={"dataset": upload.dataset_version.dataset.slug, **details},
        )
    )
