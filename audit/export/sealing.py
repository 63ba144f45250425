"""An export as it lies in the database: in parts, each sealed to its place.

The key of an export comes from SECRET_KEY, which is in no database and no backup of one, and from a salt in the row of
the export: with the row gone, what is left of it opens no more. AES-256-GCM; no key seals anywhere near 2^32 parts.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

SALT_BYTES = 32
PART_BYTES = 1024 * 1024
_NONCE_BYTES = 12


class PartDoesNotOpen(Exception):
    """The part was changed, is of another place, or SECRET_KEY is another than when it was sealed."""


def export_key(salt: bytes) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"deelwijs/audit/export/v1")
    return derive.derive(settings.SECRET_KEY.encode())


def seal_part(key: bytes, content: bytes, *, export: UUID, run: UUID, number: int) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, _place(export, run, number))


def open_part(key: bytes, sealed: bytes, *, export: UUID, run: UUID, number: int) -> bytes:
    """Return what was sealed, or raise PartDoesNotOpen."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(export, run, number))
    except (InvalidTag, ValueError):
        raise PartDoesNotOpen from None


def _place(export: UUID, run: UUID, number: int) -> bytes:
    return export.bytes + run.bytes + number.to_bytes(8)
