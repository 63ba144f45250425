"""The secret in the link that confirms an address, and the address itself as it is stored."""

import hmac
from hashlib import sha256

from consent.keys.binding import binding
from consent.keys.envelope import seal, unseal
from consent.keys.vault_key import open_vault_key
from consent.models import Citizen


def confirmation_secret(citizen: Citizen, change: str) -> str:
    """Return the 64 hex digits that stand in the link for one change of the address.

    Made from the citizen's vault key, so that it is stored nowhere and can still be made when the message is sent.
    """
    return hmac.digest(open_vault_key(citizen), binding("mail-confirmation", citizen.pk, change), "sha256").hex()


def confirmation_hash(secret: str) -> str:
    """Return what the database keeps of a secret: it tells whether one is right and cannot be turned into it."""
    return sha256(secret.encode()).hexdigest()


def seal_address(citizen: Citizen, address: str) -> bytes:
    return seal(open_vault_key(citizen), address.encode(), binding("mail-address", citizen.pk))


def open_address(citizen: Citizen, sealed: bytes) -> str:
    """Return the address; raise KeyDestroyed after an erasure."""
    return unseal(open_vault_key(citizen), sealed, binding("mail-address", citizen.pk)).decode()
