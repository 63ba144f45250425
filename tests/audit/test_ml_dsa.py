"""ML-DSA-44 lines are those of C2SP tlog-cosignature, byte for byte, and a changed one is never accepted."""

import base64
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from audit.signing.ml_dsa import (
    MlDsaVerifier,
    cosigned_message,
    generate_ml_dsa_signer,
    read_ml_dsa_signer,
    read_ml_dsa_verifier,
)
from audit.signing.signed_note import NoteError, generate_signer, open_note, read_note, write_note
from audit.signing.tree_head import TreeHead
from tests.audit.log import vectors

SEEN = vectors("ml_dsa_checkpoint.json")
HEAD = TreeHead("log.example/1", 70_000, bytes(range(32)))
SIGNER = generate_ml_dsa_signer("log.example/1")


def signed(timestamp: int = 1_700_000_000) -> str:
    return write_note(HEAD.body, [SIGNER.signature_line(HEAD, timestamp=timestamp)])


def test_what_a_witness_in_use_signed_opens() -> None:
    verifier = read_ml_dsa_verifier(SEEN["vkey"])
    assert str(verifier) == SEEN["vkey"]
    text, signed_by = read_note(SEEN["note"], [verifier])
    assert list(signed_by) == [verifier]
    assert text == SEEN["note"].partition("\n\n")[0] + "\n"


def test_a_changed_size_or_root_that_it_signed_does_not_open() -> None:
    verifier = read_ml_dsa_verifier(SEEN["vkey"])
    lines = SEEN["note"].split("\n")
    for at in (1, 2):
        changed = [*lines[:at], lines[at].translate(str.maketrans("1a", "2b")), *lines[at + 1 :]]
        assert changed != lines
        with pytest.raises(NoteError):
            open_note("\n".join(changed), [verifier])


def test_the_message_is_the_structure_of_the_specification() -> None:
    message = cosigned_message(HEAD, name="cosigner.example", timestamp=5)
    assert message == (
        b"subtree/v1\n\0"
        + b"\x10cosigner.example"
        + struct.pack(">Q", 5)
        + b"\x0dlog.example/1"
        + struct.pack(">QQ", 0, 70_000)
        + HEAD.root
    )


def test_the_signature_stands_behind_its_time() -> None:
    line = SIGNER.signature_line(HEAD, timestamp=1_700_000_000)
    blob = base64.b64decode(line.split(" ")[2])
    assert blob[:4] == SIGNER.verifier.key_id
    assert struct.unpack(">Q", blob[4:12]) == (1_700_000_000,)
    message = cosigned_message(HEAD, name=SIGNER.name, timestamp=1_700_000_000)
    MLDSA44PublicKey.from_public_bytes(SIGNER.verifier.public_key).verify(blob[12:], message)


def test_what_is_signed_opens_and_extension_lines_are_not_signed() -> None:
    assert open_note(signed(), [SIGNER.verifier]) == HEAD.body
    line = SIGNER.signature_line(HEAD, timestamp=0)
    assert open_note(write_note(HEAD.body + "an extension\n", [line]), [SIGNER.verifier])


def test_another_time_is_another_signature() -> None:
    verifier, line = SIGNER.verifier, SIGNER.signature_line(HEAD, timestamp=1)
    blob = bytearray(base64.b64decode(line.split(" ")[2]))
    assert verifier.verifies(HEAD.body, bytes(blob[4:]))
    blob[11] ^= 1
    assert not verifier.verifies(HEAD.body, bytes(blob[4:]))
    assert not verifier.verifies(HEAD.body, bytes(blob[4:-1]))
    assert not verifier.verifies("no checkpoint\n", bytes(blob[4:]))


def test_the_same_key_under_another_name_is_another_key() -> None:
    other = MlDsaVerifier("log.example/2", SIGNER.verifier.public_key)
    assert other.key_id != SIGNER.verifier.key_id
    with pytest.raises(NoteError, match="no key that we know"):
        open_note(signed(), [other])


@pytest.mark.parametrize("timestamp", [-1, 2**63])
def test_a_time_out_of_range_is_not_signed(timestamp: int) -> None:
    with pytest.raises(NoteError, match="time"):
        signed(timestamp)


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(NoteError, match="255"):
        generate_ml_dsa_signer("x" * 256)
    with pytest.raises(NoteError, match="255"):
        SIGNER.signature_line(TreeHead("x" * 256, 1, bytes(32)), timestamp=0)


def test_a_signer_key_comes_back_from_its_text_and_does_not_show() -> None:
    assert read_ml_dsa_signer(SIGNER.to_text()) == SIGNER
    assert SIGNER.seed.hex() not in repr(SIGNER)
    assert SIGNER.to_text().split("+")[-1] not in repr(SIGNER)


def test_an_ed25519_key_is_none() -> None:
    signer = generate_signer("log.example/1")
    with pytest.raises(NoteError, match="0x06"):
        read_ml_dsa_verifier(str(signer.verifier))
    with pytest.raises(NoteError, match="0x06"):
        read_ml_dsa_signer(signer.to_text())
