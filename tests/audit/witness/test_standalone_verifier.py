"""Strangers check the witnesses of a checkpoint with the stand-alone verifier, by the keys that they trust."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit import standalone_verifier
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.signed_note import Signer
from audit.witness.cosignature import CosigningKey, Kind
from tests.audit.log import vectors

LOG = Signer("deelwijs.example/log", bytes(32))
HEAD = TreeHead(LOG.name, 7, bytes(range(32)))
NORTH = CosigningKey("north.example/w", Kind.ED25519, b"n" * 32)
SOUTH = CosigningKey("south.example/w", Kind.ML_DSA_44, b"s" * 32)
NOTE = (
    sign_checkpoint(HEAD, LOG) + f"{NORTH.cosign(HEAD.body, at=1700000000)}\n{SOUTH.cosign(HEAD.body, at=1700000009)}\n"
)


@pytest.fixture
def verify(tmp_path: Path) -> Any:
    def verify(text: str, *witnesses: Any, quorum: int | None = None, key: str = str(LOG.verifier)) -> int:
        file = tmp_path / "checkpoint"
        file.write_text(text, encoding="utf-8")
        named = [part for one in witnesses for part in ("--witness", str(getattr(one, "cosigner", one)))]
        enough = [] if quorum is None else ["--quorum", str(quorum)]
        return standalone_verifier.main(["witnesses", str(file), "--key", key, *named, *enough])

    return verify


def test_each_kind_of_cosignature_holds_and_says_when(verify: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(NOTE, NORTH, SOUTH) == 0
    assert verify(NOTE, NORTH) == 0
    said = capsys.readouterr().err
    assert "north.example/w saw it at 2023-11-14 22:13:20 UTC" in said
    assert "south.example/w saw it at 2023-11-14 22:13:29 UTC" in said


def test_a_witness_that_did_not_sign_is_missed_unless_others_are_enough(verify: Any) -> None:
    west = CosigningKey("west.example/w", Kind.ED25519, b"w" * 32)
    assert verify(NOTE, NORTH, SOUTH, west) == 1
    assert verify(NOTE, NORTH, SOUTH, west, quorum=2) == 0
    assert verify(NOTE, NORTH, NORTH, quorum=2) == 2
    for quorum in (0, 3):
        assert verify(NOTE, NORTH, SOUTH, quorum=quorum) == 2


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("\n7\n", "\n8\n"),
        sign_checkpoint(TreeHead(LOG.name, 8, HEAD.root), LOG) + "".join(NOTE.splitlines(keepends=True)[-2:]),
        sign_checkpoint(HEAD, LOG) + str(NORTH.cosign(HEAD.body, at=5)).replace("AAAF", "AAAG") + "\n",
        sign_checkpoint(HEAD, LOG),
        HEAD.body,
    ],
    ids=["altered", "of another checkpoint", "another time", "none", "unsigned"],
)
def test_what_they_did_not_sign_does_not_hold(verify: Any, note: str) -> None:
    assert verify(note, NORTH, SOUTH) == 1


def test_a_key_that_is_none_cannot_be_checked_with(verify: Any) -> None:
    for key in ("north", str(NORTH.cosigner)[:-8], str(NORTH.cosigner).replace("north", "south"), str(LOG.verifier)):
        assert verify(NOTE, key) == 2


def test_the_checkpoint_in_a_proof_is_found(verify: Any) -> None:
    assert verify(f"c2sp.org/tlog-proof@v1\nindex 0\n\n{NOTE}", NORTH, SOUTH) == 0
    proof = {"salt": "", "canonical": "eyJpZCI6ICJ4In0=", "leafIndex": 0, "hashes": [], "treeSize": 7, "entryId": "x"}
    assert verify(json.dumps({**proof, "checkpoint": NOTE}), NORTH, SOUTH) == 0


def test_a_checkpoint_of_the_world_holds(verify: Any) -> None:
    given = vectors("cosigned_checkpoints.json")[0]
    log, witness = sorted(given["keys"], key=lambda key: not key.startswith("arche"))
    assert verify(given["note"], witness, key=log) == 0
