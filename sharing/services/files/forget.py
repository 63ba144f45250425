"""Forgetting a stored file: the vault loses the key at once; the bytes go when no consent shares them any more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.entry import Entry
from audit.services.append import append_entry
from consent.lifecycle import STANDING_STATES
from consent.models import Citizen, Mandate
from consent.services.mandates import acting_for_text
from sharing import actions
from sharing.models import SharedFile, StoredFile, Upload, UploadPart
from sharing.services.files.parts import delete_blobs


def forget_file(file: StoredFile, *, at: datetime, mandate: Mandate | None) -> None:
    """Take `file` out of its citizen's vault, with its entry, in the caller's transaction."""
    forgotten = StoredFile.objects.filter(pk=file.pk, removed_at__isnull=True).update(
        removed_at=at, wrapped_data_key=None, sealed_name=b""
    )
    if not forgotten:
        return
    dataset = file.dataset_version.dataset.slug
    append_entry(
        Entry(
            action=actions.FILE_REMOVED.name,
            outcome="allowed",
            at=at,
            subject=file.citizen.log_subject,
            acting_for=acting_for_text(mandate),
            fields=(f"{dataset}#{file.pointer}",),
            details={"dataset": dataset, "file": str(file.pk)},
        )
    )
    transaction.on_commit(lambda: delete_bytes([file.pk]))


def forget_all_files(citizen: Citizen, *, at: datetime) -> tuple[int, int]:
    """Forget the uploads and files of a citizen who is erased, in the caller's transaction; return how many of both.

    The bytes go at the end of it: its consents end with it too.
    """
    parts = list(UploadPart.objects.filter(upload__citizen=citizen).values_list("blob", flat=True))
    uploads = Upload.objects.of_citizen(citizen).count()
    Upload.objects.of_citizen(citizen).delete()
    all_files = list(StoredFile.objects.filter(citizen=citizen).values_list("pk", flat=True))
    files = StoredFile.objects.in_vault_of(citizen).update(removed_at=at, wrapped_data_key=None, sealed_name=b"")
    transaction.on_commit(lambda: delete_blobs(parts))
    transaction.on_commit(lambda: delete_bytes(all_files))
    return uploads, files


def delete_bytes(file_ids: Sequence[UUID]) -> None:
    """Delete the blobs of those files that are in no vault and that no consent shares."""
    kept = set(still_needed(file_ids))
    delete_blobs(name for pk in file_ids if pk not in kept for name in (str(pk), f"{pk}.still"))


def still_needed(file_ids: Sequence[UUID]) -> list[UUID]:
    """Return those files that a citizen has, or that a consent shares that has not ended."""
    in_vault = StoredFile.objects.filter(pk__in=file_ids, removed_at__isnull=True).values_list("pk", flat=True)
    shared = SharedFile.objects.filter(file__in=file_ids, consent__state__in=STANDING_STATES)
    return [*in_vault, *shared.values_list("file_id", flat=True)]
