"""Sealing one value with one key: AES-256-GCM (NIST SP 800-38D) with a random nonce.

A key seals far fewer than 2^32 values (section 8.3): a consent key wraps a handful of data keys, a data key
seals one item.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.errors import DoesNotOpen

KEY_BYTES = 32
_NONCE_BYTES = 12


def random_key() -> bytes:
    """Return 32 bytes from the operating system's generator."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Return nonce (12 bytes), ciphertext and tag (16 bytes) of `plaintext`, bound to `associated`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, associated)


def unseal(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Return what `seal` was given; raise DoesNotOpen for another key, place or content."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
    except (InvalidTag, ValueError):
        raise DoesNotOpen from None
