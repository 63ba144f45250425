"""By the clock: uploads that nobody goes on with, checks that were lost, and blobs that nothing points at."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from sharing.files.storage import Blob, file_storage
from sharing.models import StoredFile, Upload, UploadPart
from sharing.services.files.forget import still_needed
from sharing.services.files.parts import delete_blobs

# What is being made has no row yet.
LEFT_BEHIND_AFTER = timedelta(days=1)
_BATCH = 500


def unchecked_uploads() -> list[UUID]:
    """Return the uploads whose check did not begin or did not end: the queue or the worker lost it."""
    return list(Upload.objects.unchecked_by(timezone.now()).values_list("pk", flat=True))


def remove_abandoned_uploads() -> int:
    """Forget the uploads whose time is over, and the bytes that came of them; return how many."""
    now, removed = timezone.now(), 0
    for upload_id in list(Upload.objects.abandoned_by(now).values_list("pk", flat=True)):
        with transaction.atomic():
            upload = Upload.objects.select_for_update(no_key=True).abandoned_by(now).filter(pk=upload_id).first()
            if upload is None:
                continue
            blobs = [part.blob for part in upload.parts.all()]
            upload.delete()
        delete_blobs(blobs)
        removed += 1
    return removed


def collect_files() -> int:
    """Delete the blobs that nobody can ask for any more; return how many.

    Those without a row are of something that was being made, or of a process that died; they go after a day. Those
    of a file that was removed go as soon as no consent shares it. A name that is not one of ours is left alone.
    """
    before = timezone.now() - LEFT_BEHIND_AFTER
    collected = file_storage().remove_unfinished(before=before)
    for blobs in _batches(file_storage().blobs()):
        unneeded = _unneeded(blobs, before)
        delete_blobs(unneeded)
        collected += len(unneeded)
    return collected


def _unneeded(blobs: Sequence[Blob], before: datetime) -> list[str]:
    owners = {blob.name: owner for blob in blobs if (owner := _owner(blob.name)) is not None}
    parts = set(UploadPart.objects.filter(blob__in=owners).values_list("blob", flat=True))
    ids = list(set(owners.values()))
    known = set(StoredFile.objects.filter(pk__in=ids).values_list("pk", flat=True))
    needed = set(still_needed(ids))
    return [
        blob.name
        for blob in blobs
        if (owner := owners.get(blob.name)) is not None
        and blob.name not in parts
        and owner not in needed
        and (owner in known or blob.written_at < before)
    ]


def _owner(name: str) -> UUID | None:
    try:
        return UUID(name.partition(".")[0])
    except ValueError:
        return None


def _batches(blobs: Iterator[Blob]) -> Iterator[list[Blob]]:
    while batch := list(islice(blobs, _BATCH)):
        yield batch
