from sharing.models.deletion import Deletion
from sharing.models.erasure import Erasure
from sharing.models.export import Export
from sharing.models.release import Ground, Release
from sharing.models.request import Request
from sharing.models.sealed_item import SealedItem
from sharing.models.shared_file import SharedFile
from sharing.models.stored_file import StoredFile
from sharing.models.upload import Upload, UploadPart
from sharing.models.vault_record import VaultRecord
from sharing.models.viewing import Viewing

__all__ = [
    "Deletion",
    "Erasure",
    "Export",
    "Ground",
    "Release",
    "Request",
    "SealedItem",
    "SharedFile",
    "StoredFile",
    "Upload",
    "UploadPart",
    "VaultRecord",
    "Viewing",
]
