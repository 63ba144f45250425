"""Signed notes: a text and the signatures below it (C2SP signed-note, as Go's golang.org/x/mod/sumdb/note).

Keys are text too: a verifier key `name+keyID+base64` to hand out, and a signer key `PRIVATE+KEY+name+keyID+base64`
to keep. Both are the spelling that Go's tools and witnesses read.
"""

import base64
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_ID_BYTES = 4
SIGNATURE_PREFIX = "\N{EM DASH} "
# The specification asks for 16 at least, and for a limit.
MOST_SIGNATURES = 128
_SIGNER_PREFIX = "PRIVATE+KEY+"


V = TypeVar("V", bound="NoteVerifier")


class NoteError(ValueError):
    """The note or key is malformed, or no key that we know signed the note."""


class NoteVerifier(Protocol):
    """A public key of any signature type."""

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> bytes: ...

    def verifies(self, text: str, signature: bytes) -> bool:
        """Tell whether this is the signature of this key under the text; `signature` comes without its key id."""
        ...


@dataclass(frozen=True, slots=True)
class Verifier:
    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, ED25519, self.public_key)

    def __str__(self) -> str:
        """The verifier key, as it is published."""
        return write_verifier(self.name, ED25519, self.public_key)

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
        return write_signer(self.name, ED25519, self.verifier.key_id, self.seed)

    def sign(self, text: str) -> str:
        """Return the note: the text, a blank line, and one signature. Ed25519 signs the same text the same way."""
        return write_note(text, [self.signature_line(text)])

    def signature_line(self, text: str) -> str:
        """Sign the text; return the line that stands under it."""
        return write_signature(self.name, self.verifier.key_id, self._private_key().sign(text.encode()))

    def _private_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def is_key_name(name: str) -> bool:
    """Tell whether a key may have this name: something, without spaces, plus signs and control characters."""
    return bool(name) and "+" not in name and not any(one.isspace() or one < " " for one in name)


def generate_signer(name: str) -> Signer:
    if not is_key_name(name):
        raise NoteError(f"a key cannot be called {name!r}: no spaces, no plus sign")
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def read_signer(text: str) -> Signer:
    """Read a signer key. The message of a NoteError never holds the key."""
    name, written_id, seed = read_signer_key(text, ED25519, key_bytes=32)
    signer = Signer(name, seed)
    if signer.verifier.key_id != written_id:
        raise NoteError("the id of the signer key does not belong to its name and key")
    return signer


def read_verifier(text: str) -> Verifier:
    return Verifier(*read_verifier_key(text, ED25519, key_bytes=32))


def open_note(note: str, verifiers: Iterable[NoteVerifier]) -> str:
    """Return the text of a note that at least one of the verifiers signed, or raise NoteError."""
    text, signed_by = read_note(note, verifiers)
    if not signed_by:
        raise NoteError("no key that we know signed the note")
    return text


def read_note(note: str, verifiers: Iterable[V]) -> tuple[str, Collection[V]]:
    """Return the text of a note and those of the verifiers that signed it, which may be none.

    Signatures by keys that we do not know are passed over. Raise NoteError for a wrong one by a key that we know,
    and for what is no note.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise NoteError("a note is a text, a blank line, and signatures")
    if any(one < " " and one != "\n" for one in note):
        raise NoteError("a note has no control characters")
    text += "\n"
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteError(f"a note of more than {MOST_SIGNATURES} signatures is not read")
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed_by: dict[tuple[str, bytes], V] = {}
    for line in lines:
        name, signing_id, signature = _read_signature(line)
        if verifier := known.get((name, signing_id)):
            if not verifier.verifies(text, signature):
                raise NoteError(f"the signature of {name} is wrong")
            signed_by[name, signing_id] = verifier
    return text, signed_by.values()


def write_note(text: str, signature_lines: Iterable[str]) -> str:
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends with a newline")
    return "\n".join([text, *signature_lines]) + "\n"


def write_signature(name: str, signing_id: bytes, signature: bytes) -> str:
    return f"{SIGNATURE_PREFIX}{name} {_base64(signing_id + signature)}"


def key_id(name: str, signature_type: bytes, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + signature_type + public_key).digest()[:KEY_ID_BYTES]


def write_verifier(name: str, signature_type: bytes, public_key: bytes) -> str:
    written_id = key_id(name, signature_type, public_key).hex()
    return f"{name}+{written_id}+{_base64(signature_type + public_key)}"


def write_signer(name: str, signature_type: bytes, signing_id: bytes, seed: bytes) -> str:
    return f"{_SIGNER_PREFIX}{name}+{signing_id.hex()}+{_base64(signature_type + seed)}"


def signature_type_of(key: str) -> bytes:
    """Read the signature type of a verifier or signer key, or raise NoteError."""
    return _read_key(key.strip().removeprefix(_SIGNER_PREFIX))[2][:1]


def read_verifier_key(text: str, signature_type: bytes, *, key_bytes: int) -> tuple[str, bytes]:
    """Read name and public key of a verifier key of a type and length, or raise NoteError."""
    name, written_id, key = _read_key(text)
    public_key = _of_type(key, signature_type, key_bytes)
    if key_id(name, signature_type, public_key) != written_id:
        raise NoteError("the id of the verifier key does not belong to its name and key")
    return name, public_key


def read_signer_key(text: str, signature_type: bytes, *, key_bytes: int) -> tuple[str, bytes, bytes]:
    """Read name, key id and seed of a signer key; whose id it is, the caller checks. The error never holds the key."""
    if not text.startswith(_SIGNER_PREFIX):
        raise NoteError("a signer key begins with PRIVATE+KEY+")
    name, written_id, key = _read_key(text.removeprefix(_SIGNER_PREFIX))
    return name, written_id, _of_type(key, signature_type, key_bytes)


def _read_key(text: str) -> tuple[str, bytes, bytes]:
    try:
        # Base64 may hold a plus sign, a name may not.
        name, written_id, key = text.strip().split("+", 2)
        read = name, bytes.fromhex(written_id), _read_base64(key)
    except ValueError:
        raise NoteError("a key is name+keyID+base64") from None
    if not is_key_name(name):
        raise NoteError("a key needs a name without spaces")
    return read


def _of_type(key: bytes, signature_type: bytes, key_bytes: int) -> bytes:
    if key[:1] != signature_type or len(key) != 1 + key_bytes:
        raise NoteError(f"the key is no key of signature type 0x{signature_type.hex()}")
    return key[1:]


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
