"""ML-DSA-44 signatures under checkpoints (C2SP tlog-cosignature, signature type 0x06; FIPS 204).

They stay sound where a quantum computer forges Ed25519. What is signed is not the text of the note but a structure
with the origin, size and root in it, so these keys sign checkpoints and nothing else.
"""

import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from audit.signing.signed_note import (
    NoteError,
    is_key_name,
    key_id,
    read_signer_key,
    read_verifier_key,
    write_signature,
    write_signer,
    write_verifier,
)
from audit.signing.tree_head import CheckpointError, TreeHead, read_body

ML_DSA_44 = b"\x06"
LABEL = b"subtree/v1\n\x00"
PUBLIC_KEY_BYTES = 1312
SEED_BYTES = 32
SIGNATURE_BYTES = 2420
LONGEST_NAME = 255
LATEST_TIMESTAMP = 2**63 - 1
_TIMESTAMP = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class MlDsaVerifier:
    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, ML_DSA_44, self.public_key)

    def __str__(self) -> str:
        """The verifier key, as it is published."""
        return write_verifier(self.name, ML_DSA_44, self.public_key)

    def verifies(self, text: str, signature: bytes) -> bool:
        if len(signature) != _TIMESTAMP.size + SIGNATURE_BYTES:
            return False
        (timestamp,) = _TIMESTAMP.unpack_from(signature)
        try:
            message = cosigned_message(read_body(text), name=self.name, timestamp=timestamp)
            MLDSA44PublicKey.from_public_bytes(self.public_key).verify(signature[_TIMESTAMP.size :], message)
        except (InvalidSignature, CheckpointError, NoteError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class MlDsaSigner:
    """Holds a private key: it has no repr, so that it does not end up in a traceback or a log line."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> MlDsaVerifier:
        return MlDsaVerifier(self.name, self._private_key().public_key().public_bytes_raw())

    def to_text(self) -> str:
        """The signer key, as it is kept. Secret."""
        return write_signer(self.name, ML_DSA_44, self.verifier.key_id, self.seed)

    def signature_line(self, head: TreeHead, *, timestamp: int) -> str:
        """Sign a tree head; return the line that stands under its text.

        `timestamp` is in POSIX seconds; a signer of the log says with it that this was its largest tree then. With 0
        it says nothing of the kind. The signature is another one each time, and says the same.
        """
        signature = self._private_key().sign(cosigned_message(head, name=self.name, timestamp=timestamp))
        return write_signature(self.name, self.verifier.key_id, _TIMESTAMP.pack(timestamp) + signature)

    def _private_key(self) -> MLDSA44PrivateKey:
        return MLDSA44PrivateKey.from_seed_bytes(self.seed)


def generate_ml_dsa_signer(name: str) -> MlDsaSigner:
    if not is_key_name(name) or len(name.encode()) > LONGEST_NAME:
        raise NoteError(f"a key cannot be called {name!r}: no spaces, no plus sign, at most {LONGEST_NAME} bytes")
    return MlDsaSigner(name, MLDSA44PrivateKey.generate().private_bytes_raw())


def read_ml_dsa_signer(text: str) -> MlDsaSigner:
    """Read a signer key. The message of a NoteError never holds the key."""
    name, written_id, seed = read_signer_key(text, ML_DSA_44, key_bytes=SEED_BYTES)
    signer = MlDsaSigner(name, seed)
    if signer.verifier.key_id != written_id:
        raise NoteError("the id of the signer key does not belong to its name and key")
    return signer


def read_ml_dsa_verifier(text: str) -> MlDsaVerifier:
    return MlDsaVerifier(*read_verifier_key(text, ML_DSA_44, key_bytes=PUBLIC_KEY_BYTES))


def cosigned_message(head: TreeHead, *, name: str, timestamp: int) -> bytes:
    """Return what is signed: the structure `cosigned_message` over a whole tree, so that it starts at leaf 0."""
    if not 0 <= timestamp <= LATEST_TIMESTAMP:
        raise NoteError("the time of an ML-DSA-44 signature is out of range")
    return (
        LABEL
        + _with_length(name)
        + _TIMESTAMP.pack(timestamp)
        + _with_length(head.origin)
        + struct.pack(">QQ", 0, head.size)
        + head.root
    )


def _with_length(name: str) -> bytes:
    encoded = name.encode()
    if not 1 <= len(encoded) <= LONGEST_NAME:
        raise NoteError(f"a name under an ML-DSA-44 signature has 1 to {LONGEST_NAME} bytes")
    return bytes([len(encoded)]) + encoded
