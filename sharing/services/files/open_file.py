"""A citizen opens a file of the own vault."""

from dataclasses import dataclass
from uuid import UUID

from consent.keys.vault_key import open_vault_key
from consent.models import Citizen
from sharing.errors import StoredFileNotFound
from sharing.files.chunked import SealedReader
from sharing.files.keys import content_context, open_file_name, open_from_vault, still_context
from sharing.files.storage import file_storage
from sharing.models import StoredFile
from sharing.services.files.remove import find_file


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file with the name that its citizen gave it."""

    file: StoredFile
    name: str


def open_vault_file(citizen: Citizen, file_id: UUID) -> SealedReader:
    """Return the bytes of an own file, open for reading at any place; the caller closes it.

    Raises StoredFileNotFound for another's file and one that is gone, BlobMissing or StorageUnavailable.
    """
    file = find_file(citizen=citizen, file_id=file_id)
    data_key = open_from_vault(file, vault_key=open_vault_key(citizen))
    return SealedReader(file_storage().open(str(file.pk)), key=data_key, context=content_context(file.pk))


def open_vault_still(citizen: Citizen, file_id: UUID) -> bytes:
    """Return the small picture (JPEG) of an own file; raise StoredFileNotFound for a file that has none."""
    file = find_file(citizen=citizen, file_id=file_id)
    if not file.still_size:
        raise StoredFileNotFound
    data_key = open_from_vault(file, vault_key=open_vault_key(citizen))
    source = file_storage().open(f"{file.pk}.still")
    with SealedReader(source, key=data_key, context=still_context(file.pk)) as reader:
        return reader.read()


def named(citizen: Citizen, files: list[StoredFile]) -> list[NamedFile]:
    """Return `files` of one citizen with their names."""
    if not files:
        return []
    vault_key = open_vault_key(citizen)
    return [NamedFile(file, open_file_name(file, vault_key=vault_key)) for file in files]
