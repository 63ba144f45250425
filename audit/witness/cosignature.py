"""Cosignatures: a witness says that it saw a checkpoint at a time (C2SP tlog-cosignature).

Two kinds: Ed25519 (type 0x04), which every witness speaks, and ML-DSA-44 (0x06), which a quantum computer cannot
forge. Keys are spelled as those of notes are, `name+keyID+base64(type ‖ key)`.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from audit.signing.checkpoint import read_body
from audit.signing.signed_note import KEY_ID_BYTES, NoteError, is_key_name
from audit.witness.signature_line import SignatureLine

TIME_BYTES = 8
LATEST_TIME = 2**63 - 1
SEED_BYTES = 32
LONGEST_NAME = 255
_SIGNER_PREFIX = "PRIVATE+KEY+"


class Kind(IntEnum):
    """The type of a cosignature, as C2SP signed-note numbers them."""

    ED25519 = 0x04
    ML_DSA_44 = 0x06


_KEY_BYTES = {Kind.ED25519: 32, Kind.ML_DSA_44: 1312}
_SIGNATURE_BYTES = {Kind.ED25519: 64, Kind.ML_DSA_44: 2420}


@dataclass(frozen=True, slots=True)
class Cosigner:
    """The public half of a key that cosigns."""

    name: str
    kind: Kind
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self._typed_key()).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """The verifier key, as it is published."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self._typed_key()).decode()}"

    def made(self, line: SignatureLine) -> bool:
        """Tell whether a line says that it is of this key."""
        return (line.name, line.key_id) == (self.name, self.key_id)

    def verify(self, line: SignatureLine, body: str) -> int:
        """Check a cosignature over the text of a checkpoint; return its time in seconds since 1970.

        Raise NoteError if it is of another key, is wrong, or says no time, and CheckpointError if the text is none.
        """
        if not self.made(line):
            raise NoteError(f"the cosignature is not of the key {self.name}+{self.key_id.hex()}")
        at = int.from_bytes(line.signature[:TIME_BYTES])
        signature = line.signature[TIME_BYTES:]
        if len(signature) != _SIGNATURE_BYTES[self.kind]:
            raise NoteError(f"the cosignature of {self.name} has the wrong length")
        if not 0 < at <= LATEST_TIME:
            raise NoteError(f"the cosignature of {self.name} says no time")
        message = _message(self.kind, self.name, body, at)
        try:
            if self.kind is Kind.ED25519:
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
            else:
                MLDSA44PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            raise NoteError(f"the cosignature of {self.name} is wrong") from None
        return at

    def _typed_key(self) -> bytes:
        return bytes([self.kind]) + self.public_key


@dataclass(frozen=True, slots=True, repr=False)
class CosigningKey:
    """Holds a private key: it has no repr, so that it does not end up in a traceback or a log line."""

    name: str
    kind: Kind
    seed: bytes

    @property
    def cosigner(self) -> Cosigner:
        return Cosigner(self.name, self.kind, self._private_key().public_key().public_bytes_raw())

    def to_text(self) -> str:
        """The key, as it is kept. Secret."""
        key = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_SIGNER_PREFIX}{self.name}+{self.cosigner.key_id.hex()}+{key}"

    def cosign(self, body: str, *, at: int) -> SignatureLine:
        """Sign the text of a checkpoint as seen at a time, in seconds since 1970."""
        if not 0 < at <= LATEST_TIME:
            raise ValueError(f"{at} is no time of a cosignature")
        signature = self._private_key().sign(_message(self.kind, self.name, body, at))
        return SignatureLine(self.name, self.cosigner.key_id, at.to_bytes(TIME_BYTES) + signature)

    def _private_key(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.kind is Kind.ED25519:
            return Ed25519PrivateKey.from_private_bytes(self.seed)
        return MLDSA44PrivateKey.from_seed_bytes(self.seed)


def generate_cosigning_key(name: str, kind: Kind) -> CosigningKey:
    if not is_key_name(name) or len(name.encode()) > LONGEST_NAME:
        raise NoteError(f"a key cannot be called {name!r}: no spaces, no plus sign, at most {LONGEST_NAME} bytes")
    private = Ed25519PrivateKey.generate() if kind is Kind.ED25519 else MLDSA44PrivateKey.generate()
    return CosigningKey(name, kind, private.private_bytes_raw())


def read_cosigner(text: str) -> Cosigner:
    """Read a verifier key, or raise NoteError."""
    name, key_id, kind, key = _read_key(text)
    if len(key) != _KEY_BYTES[kind]:
        raise NoteError("the verifier key has the wrong length")
    cosigner = Cosigner(name, kind, key)
    if cosigner.key_id != key_id:
        raise NoteError("the id of the verifier key does not belong to its name and key")
    return cosigner


def read_cosigning_key(text: str) -> CosigningKey:
    """Read a private key. The message of a NoteError never holds it."""
    if not text.startswith(_SIGNER_PREFIX):
        raise NoteError("a private key begins with PRIVATE+KEY+")
    name, key_id, kind, seed = _read_key(text.removeprefix(_SIGNER_PREFIX))
    if len(seed) != SEED_BYTES:
        raise NoteError("the private key has the wrong length")
    key = CosigningKey(name, kind, seed)
    if key.cosigner.key_id != key_id:
        raise NoteError("the id of the private key does not belong to its name and key")
    return key


def verified_cosignatures(
    lines: Iterable[SignatureLine], body: str, cosigners: Iterable[Cosigner]
) -> list[tuple[Cosigner, SignatureLine, int]]:
    """Return each line that is of one of the keys, with its key and time. Lines of other keys are passed over.

    Raise NoteError for a wrong line of a key that we know.
    """
    known = {(cosigner.name, cosigner.key_id): cosigner for cosigner in cosigners}
    return [
        (cosigner, line, cosigner.verify(line, body))
        for line in lines
        if (cosigner := known.get((line.name, line.key_id)))
    ]


def _message(kind: Kind, name: str, body: str, at: int) -> bytes:
    if kind is Kind.ED25519:
        return f"cosignature/v1\ntime {at}\n{body}".encode()
    head = read_body(body)
    return b"".join(
        [
            b"subtree/v1\n\0",
            _short(name),
            at.to_bytes(8),
            _short(head.origin),
            (0).to_bytes(8),  # from the first leaf on: the whole tree
            head.size.to_bytes(8),
            head.root,
        ]
    )


def _short(text: str) -> bytes:
    """Write a text of 1 to 255 bytes with its length in front (RFC 8446 §3.4)."""
    encoded = text.encode()
    if not 0 < len(encoded) <= LONGEST_NAME:
        raise NoteError(f"a name has 1 to {LONGEST_NAME} bytes")
    return bytes([len(encoded)]) + encoded


def _read_key(text: str) -> tuple[str, bytes, Kind, bytes]:
    try:
        # Base64 may hold a plus sign, a name may not.
        name, key_id, encoded = text.strip().split("+", 2)
        typed = base64.b64decode(encoded, validate=True)
        read = name, bytes.fromhex(key_id), Kind(typed[0]), typed[1:]
        spelled_once = base64.b64encode(typed).decode() == encoded
    except (ValueError, IndexError):
        raise NoteError("a key of a witness is name+keyID+base64, of type 4 (Ed25519) or 6 (ML-DSA-44)") from None
    if not spelled_once or not is_key_name(name) or len(name.encode()) > LONGEST_NAME:
        raise NoteError("a key of a witness needs a name without spaces, and base64 without stray bits")
    return read
