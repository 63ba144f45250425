"""Cosignatures are made and checked as the specification says, and as witnesses in the world made theirs."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.signing.checkpoint import TreeHead, open_checkpoint
from audit.signing.signed_note import ED25519, NoteError, read_verifier
from audit.witness.cosignature import (
    LATEST_TIME,
    CosigningKey,
    Kind,
    generate_cosigning_key,
    read_cosigner,
    read_cosigning_key,
    verified_cosignatures,
)
from audit.witness.signature_line import MOST_LINES, SignatureLine, read_signature_lines, split_note
from tests.audit.log import vectors

BODY = TreeHead("deelwijs.example/log", 7, bytes(range(32))).body
KINDS = list(Kind)


def a_key(kind: Kind = Kind.ED25519, name: str = "witness.example/w1") -> CosigningKey:
    return CosigningKey(name, kind, bytes(range(32)))


# --- What others made -------------------------------------------------------------------------------------------


def cosigners_of(checkpoint: dict[str, Any]) -> list[Any]:
    return [read_cosigner(key) for key in checkpoint["keys"] if base64.b64decode(key.split("+", 2)[2])[:1] != ED25519]


@pytest.mark.parametrize("checkpoint", vectors("cosigned_checkpoints.json"), ids=["ed25519", "ml-dsa-44"])
def test_cosignatures_of_witnesses_in_the_world_verify(checkpoint: dict[str, Any]) -> None:
    body, lines = split_note(checkpoint["note"])
    cosigners = cosigners_of(checkpoint)
    assert cosigners
    found = verified_cosignatures(lines, body, cosigners)
    assert {cosigner for cosigner, _line, _at in found} == set(cosigners)
    assert all(1_700_000_000 < at < 1_900_000_000 for _cosigner, _line, at in found)
    assert "".join(f"{line}\n" for line in lines) == checkpoint["note"].rpartition("\n\n")[2]
    with pytest.raises(NoteError, match="wrong"):
        verified_cosignatures(lines, body.replace("\n1", "\n2", 1), cosigners)


def test_a_checkpoint_with_lines_of_many_opens_with_the_key_of_its_log() -> None:
    checkpoint = vectors("cosigned_checkpoints.json")[0]
    log = next(key for key in checkpoint["keys"] if base64.b64decode(key.split("+", 2)[2])[:1] == ED25519)
    assert open_checkpoint(checkpoint["note"], read_verifier(log)).size == 1432088532


# --- What we make -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cosigned_verifies_and_says_when(kind: Kind) -> None:
    key = generate_cosigning_key("witness.example/w1", kind)
    line = key.cosign(BODY, at=1679315147)
    assert SignatureLine.read(str(line)) == line
    assert key.cosigner.verify(line, BODY) == 1679315147
    assert read_cosigner(str(key.cosigner)) == key.cosigner
    assert read_cosigning_key(key.to_text()) == key
    assert "PRIVATE" not in repr(key)
    assert key.to_text() not in repr(key)


def test_the_message_of_an_ed25519_cosignature_is_that_of_the_specification() -> None:
    key = a_key()
    line = key.cosign(BODY, at=5)
    assert line.signature[:8] == (5).to_bytes(8)
    # The same text signed by hand, with no part of ours.
    signed = f"cosignature/v1\ntime 5\n{BODY}".encode()
    assert line.signature[8:] == key._private_key().sign(signed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change",
    [
        lambda line: SignatureLine(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1])),
        lambda line: SignatureLine(line.name, line.key_id, line.signature[:7] + b"\x01" + line.signature[8:]),
        lambda line: SignatureLine(line.name, line.key_id, line.signature[:-1]),
        lambda line: SignatureLine(line.name, line.key_id, line.signature + b"\0"),
        lambda line: SignatureLine(line.name, line.key_id, bytes(8) + line.signature[8:]),
        lambda line: SignatureLine(line.name, line.key_id, b"\xff" * 8 + line.signature[8:]),
        lambda line: SignatureLine(line.name, bytes(4), line.signature),
        lambda line: SignatureLine("witness.example/w2", line.key_id, line.signature),
    ],
)
def test_a_line_that_was_changed_does_not_verify(kind: Kind, change: Any) -> None:
    key = a_key(kind)
    with pytest.raises(NoteError):
        key.cosigner.verify(change(key.cosign(BODY, at=5)), BODY)


def test_an_ml_dsa_cosignature_commits_to_its_name() -> None:
    one, other = a_key(Kind.ML_DSA_44), a_key(Kind.ML_DSA_44, "witness.example/w2")
    line = one.cosign(BODY, at=5)
    renamed = SignatureLine(other.name, other.cosigner.key_id, line.signature)
    with pytest.raises(NoteError, match="wrong"):
        other.cosigner.verify(renamed, BODY)


@pytest.mark.parametrize("at", [0, -1, LATEST_TIME + 1])
def test_a_time_that_is_none_is_not_signed(at: int) -> None:
    with pytest.raises(ValueError, match="no time"):
        a_key().cosign(BODY, at=at)


def test_lines_of_keys_that_we_do_not_know_are_passed_over() -> None:
    mine, others = a_key(), generate_cosigning_key("witness.example/w1", Kind.ED25519)
    lines = [others.cosign(BODY, at=5), mine.cosign(BODY, at=6)]
    assert [at for _cosigner, _line, at in verified_cosignatures(lines, BODY, [mine.cosigner])] == [6]
    assert verified_cosignatures(lines, BODY, []) == []


# --- Keys and lines ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "witness.example/w1",
        "witness.example/w1+00000000+BAAA",
        f"witness.example/w1+00000000+{base64.b64encode(bytes([4, *range(32)])).decode()}",
        f"witness.example/w1+00000000+{base64.b64encode(bytes([1, *range(32)])).decode()}",
        str(a_key().cosigner).replace("w1", "w2"),
        str(a_key().cosigner)[:-4],
        str(a_key().cosigner) + "=",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        read_cosigner(text)
    with pytest.raises(NoteError) as refused:
        read_cosigning_key(f"PRIVATE+KEY+{text}")
    assert "BAAA" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "w" * 256, "a\nb"])
def test_a_key_needs_a_name_that_stands_in_a_note(name: str) -> None:
    with pytest.raises(NoteError):
        generate_cosigning_key(name, Kind.ED25519)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{a_key().cosign(BODY, at=5)}",
        f"{a_key().cosign(BODY, at=5)}\n\n",
        f"- witness.example/w1 {base64.b64encode(bytes(76)).decode()}\n",
        "— witness.example/w1 AAAA\n",
        "— witness.example/w1 AAAAAAB=\n",
        "— witness.example/w1\n",
        "— witness.example/w1  AAAAAAAA\n",
        f"{a_key().cosign(BODY, at=5)}\n" * (MOST_LINES + 1),
    ],
)
def test_what_are_no_signature_lines_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        read_signature_lines(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (split_note, read_signature_lines, read_cosigner, read_cosigning_key):
        try:
            read(text)
        except NoteError:
            continue


@given(
    st.integers(min_value=1, max_value=LATEST_TIME),
    st.integers(min_value=0, max_value=2**63 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_any_head_at_any_time_is_cosigned_and_no_other(at: int, size: int, root: bytes) -> None:
    key = a_key()
    body = TreeHead("deelwijs.example/log", size, root).body
    line = key.cosign(body, at=at)
    assert key.cosigner.verify(line, body) == at
    with pytest.raises(NoteError):
        key.cosigner.verify(line, TreeHead("deelwijs.example/log", size + 1, root).body)
