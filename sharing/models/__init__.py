from sharing.models.release import Ground, Release
from sharing.models.request import Request
from sharing.models.sealed_item import SealedItem
from sharing.models.vault_record import VaultRecord

__all__ = ["Ground", "Release", "Request", "SealedItem", "VaultRecord"]
