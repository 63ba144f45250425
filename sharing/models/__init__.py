from sharing.models.deletion import Deletion
from sharing.models.erasure import Erasure
from sharing.models.export import Export
from sharing.models.release import Ground, Release
from sharing.models.request import Request
from sharing.models.sealed_item import SealedItem
from sharing.models.vault_record import VaultRecord

__all__ = ["Deletion", "Erasure", "Export", "Ground", "Release", "Request", "SealedItem", "VaultRecord"]
