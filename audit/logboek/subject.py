"""The data subject of a record, encrypted: `dpl.core.data_subject_id`.

AES-SIV (RFC 5297) with a key that only this service and, if it wants to, the organisation has. It is deterministic, so
that a collector can find all records of one person (the read extension asks for that) and can open none; and the same
person has another code in every collector. What is encrypted is the pseudonym that the log knows somebody by, so even
who has the key learns no BSN.
"""

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from audit.durable_file import write_new

KEY_BYTES = 64
ID_TYPE = "deelwijs-log-pseudonym-aes-siv"
_DOMAIN = b"deelwijs/logboek/subject/v1"


class SubjectKeyUnusable(ValueError):
    """There is no key of 64 bytes in base64 in the file; the text never repeats what is."""


def create_subject_key(file: Path) -> None:
    """Write a new key, mode 0600. Raise FileExistsError: under another key the same people would look like others."""
    write_new(file, base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n", mode=0o600)


def read_subject_key(file: Path) -> bytes:
    """Read the key of a destination, or raise SubjectKeyUnusable."""
    try:
        key = base64.b64decode(file.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SubjectKeyUnusable(f"there is no key of {KEY_BYTES} bytes in {file}; make one: manage.py ldv create-key")
    return key


def encrypt_subject(pseudonym: str, *, key: bytes, destination: str) -> str:
    """Return the code of a data subject at one destination, in URL-safe base64 without padding."""
    sealed = AESSIV(key).encrypt(bytes.fromhex(pseudonym), [_DOMAIN, destination.encode()])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decrypt_subject(code: str, *, key: bytes, destination: str) -> str:
    """Return the pseudonym behind a code, for who answers a question about it; raise ValueError for no code of ours."""
    try:
        sealed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        return AESSIV(key).decrypt(sealed, [_DOMAIN, destination.encode()]).hex()
    except (InvalidTag, ValueError):
        raise ValueError("this is no code of this destination") from None
