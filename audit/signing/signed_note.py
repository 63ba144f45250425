"""Signed notes: a text and the signatures below it (C2SP signed-note, as Go's golang.org/x/mod/sumdb/note).

Keys are text too: a verifier key `name+keyID+base64` to hand out, and a signer key `PRIVATE+KEY+name+keyID+base64`
to keep. Both are the spelling that Go's tools and witnesses read.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_ID_BYTES = 4
SIGNATURE_PREFIX = "\N{EM DASH} "
_SIGNER_PREFIX = "PRIVATE+KEY+"


class NoteError(ValueError):
    """The note or key is malformed, or no key that we know signed the note."""


@dataclass(frozen=True, slots=True)
class Verifier:
    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return _key_id(self.name, self.public_key)

    def __str__(self) -> str:
        """The verifier key, as it is published."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.public_key)}"

    def verifies(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """Holds a private key: it has no repr, so that it does not end up in a traceback or a log line."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._private_key().public_key().public_bytes_raw())

    def to_text(self) -> str:
        """The signer key, as it is kept. Secret."""
        key_id = self.verifier.key_id.hex()
        return f"{_SIGNER_PREFIX}{self.name}+{key_id}+{_base64(ED25519 + self.seed)}"

    def sign(self, text: str) -> str:
        """Return the note: the text, a blank line, and one signature. Ed25519 signs the same text the same way."""
        if not text.endswith("\n"):
            raise NoteError("the text of a note ends with a newline")
        signature = self._private_key().sign(text.encode())
        return f"{text}\n{SIGNATURE_PREFIX}{self.name} {_base64(self.verifier.key_id + signature)}\n"

    def _private_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def is_key_name(name: str) -> bool:
    """Tell whether a key may have this name: something, without spaces and without a plus sign."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def generate_signer(name: str) -> Signer:
    if not is_key_name(name):
        raise NoteError(f"a key cannot be called {name!r}: no spaces, no plus sign")
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def read_signer(text: str) -> Signer:
    """Read a signer key. The message of a NoteError never holds the key."""
    if not text.startswith(_SIGNER_PREFIX):
        raise NoteError("a signer key begins with PRIVATE+KEY+")
    name, key_id, seed = _read_key(text.removeprefix(_SIGNER_PREFIX))
    signer = Signer(name, seed)
    if signer.verifier.key_id != key_id:
        raise NoteError("the id of the signer key does not belong to its name and key")
    return signer


def read_verifier(text: str) -> Verifier:
    name, key_id, public_key = _read_key(text)
    verifier = Verifier(name, public_key)
    if verifier.key_id != key_id:
        raise NoteError("the id of the verifier key does not belong to its name and key")
    return verifier


def open_note(note: str, verifiers: Iterable[Verifier]) -> str:
    """Return the text of a note that at least one of the verifiers signed, or raise NoteError.

    Signatures by keys that we do not know are passed over, a wrong signature by one that we know is not.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise NoteError("a note is a text, a blank line, and signatures")
    text += "\n"
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified = False
    for line in signatures.removesuffix("\n").split("\n"):
        name, key_id, signature = _read_signature(line)
        if verifier := known.get((name, key_id)):
            if not verifier.verifies(text, signature):
                raise NoteError(f"the signature of {name} is wrong")
            verified = True
    if not verified:
        raise NoteError("no key that we know signed the note")
    return text


def _key_id(name: str, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:KEY_ID_BYTES]


def _read_key(text: str) -> tuple[str, bytes, bytes]:
    try:
        # Base64 may hold a plus sign, a name may not.
        name, key_id, key = text.strip().split("+", 2)
        key_bytes = _read_base64(key)
        read = name, bytes.fromhex(key_id), key_bytes[1:]
    except ValueError:
        raise NoteError("a key is name+keyID+base64") from None
    if key_bytes[:1] != ED25519 or len(key_bytes) != 1 + 32:
        raise NoteError("the key is no Ed25519 key")
    if not is_key_name(name):
        raise NoteError("a key needs a name without spaces")
    return read


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    try:
        name, encoded = line.removeprefix(SIGNATURE_PREFIX).split(" ")
        signature = _read_base64(encoded)
    except ValueError:
        raise NoteError("a signature is: em dash, name, base64") from None
    if not line.startswith(SIGNATURE_PREFIX) or not is_key_name(name) or len(signature) <= KEY_ID_BYTES:
        raise NoteError("a signature is: em dash, name, base64")
    return name, signature[:KEY_ID_BYTES], signature[KEY_ID_BYTES:]


def _read_base64(text: str) -> bytes:
    """Decode base64 that is written in the one canonical way, so that no two notes mean the same."""
    data = base64.b64decode(text, validate=True)
    if _base64(data) != text:
        raise ValueError("the last character has bits that mean nothing")
    return data


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
