"""The keys of files: what a data key is wrapped by, and what each sealed message belongs to.

A stored file has one data key. The vault's wrap opens it for its citizen, a consent's for who reads under that
consent; the bytes are the same, and sharing a film copies 60 bytes. An upload has a key of its own for its parts.
"""

from uuid import UUID

from consent.errors import KeyDestroyed
from consent.keys.binding import binding
from consent.keys.envelope import seal, unseal
from sharing.models import SharedFile, StoredFile, Upload


def wrap_for_vault(data_key: bytes, *, vault_key: bytes, file: StoredFile) -> bytes:
    """Return the data key of `file` as only its citizen's vault key opens it."""
    return seal(vault_key, data_key, _of_vault_file(file))


def open_from_vault(file: StoredFile, *, vault_key: bytes) -> bytes:
    """Return the data key of `file`; raise KeyDestroyed for one that was removed, DoesNotOpen for another key."""
    if file.wrapped_data_key is None:
        raise KeyDestroyed
    return unseal(vault_key, bytes(file.wrapped_data_key), _of_vault_file(file))


def wrap_for_consent(data_key: bytes, *, consent_key: bytes, shared: SharedFile) -> bytes:
    """Return the data key of the file as the key of one consent opens it, for the field that it is shared as."""
    return seal(consent_key, data_key, _of_shared(shared))


def open_from_consent(shared: SharedFile, *, consent_key: bytes) -> bytes:
    """Return the data key of the shared file; raise DoesNotOpen for another key, consent or field."""
    return unseal(consent_key, bytes(shared.wrapped_data_key), _of_shared(shared))


def wrap_upload_key(upload_key: bytes, *, vault_key: bytes, upload: Upload) -> bytes:
    return seal(vault_key, upload_key, _of_upload("upload-key", upload))


def open_upload_key(upload: Upload, *, vault_key: bytes) -> bytes:
    return unseal(vault_key, bytes(upload.wrapped_upload_key), _of_upload("upload-key", upload))


def seal_upload_name(name: str, *, vault_key: bytes, upload: Upload) -> bytes:
    """Seal the name that the file has at its citizen's. Names tell more than one thinks."""
    return seal(vault_key, name.encode(), _of_upload("upload-name", upload))


def open_upload_name(upload: Upload, *, vault_key: bytes) -> str:
    return unseal(vault_key, bytes(upload.sealed_name), _of_upload("upload-name", upload)).decode()


def seal_file_name(name: str, *, vault_key: bytes, file: StoredFile) -> bytes:
    return seal(vault_key, name.encode(), binding("file-name", file.citizen_id, file.pk))


def open_file_name(file: StoredFile, *, vault_key: bytes) -> str:
    return unseal(vault_key, bytes(file.sealed_name), binding("file-name", file.citizen_id, file.pk)).decode()


def content_context(file_id: UUID) -> bytes:
    """Return the context of the message that holds a file's bytes."""
    return binding("file-content", file_id)


def still_context(file_id: UUID) -> bytes:
    """Return the context of the message that holds a file's still picture."""
    return binding("file-still", file_id)


def part_context(upload_id: UUID, position: int) -> bytes:
    """Return the context of the message that holds the bytes of an upload from `position`."""
    return binding("upload-part", upload_id, position)


def _of_vault_file(file: StoredFile) -> bytes:
    return binding("file-data-key", "vault", file.citizen_id, file.pk, file.dataset_version_id, file.pointer)


def _of_shared(shared: SharedFile) -> bytes:
    # With the name: a row that says it is another field would outlive a narrowing that leaves its own field out.
    file = shared.file
    return binding(
        "file-data-key", "consent", shared.consent_id, file.pk, file.dataset_version_id, file.pointer, shared.name
    )


def _of_upload(level: str, upload: Upload) -> bytes:
    return binding(level, upload.citizen_id, upload.pk, upload.dataset_version_id, upload.pointer)
