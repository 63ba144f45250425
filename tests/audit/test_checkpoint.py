"""Checkpoints are those of C2SP and of Go."""

from base64 import b64decode

import pytest

from audit.signing.checkpoint import CheckpointError, TreeHead, open_checkpoint, read_body, sign_checkpoint
from audit.signing.signed_note import NoteError, generate_signer, read_signer, read_verifier
from tests.audit.log import vectors

C2SP = vectors("checkpoints.json")
GO = vectors("go_tlog_vectors.json")
PETER = read_signer(vectors("signed_note.json")["peter_neumann_go"]["skey"])
HEAD = TreeHead("PeterNeumann", 520, b64decode(GO["roots_by_size_from_1"][-1]))


def test_a_checkpoint_of_go_opens() -> None:
    assert open_checkpoint(GO["checkpoint"], read_verifier(GO["vkey"])) == HEAD


def test_the_example_of_the_specification_is_written_as_it_stands_there() -> None:
    body = C2SP["checkpoint"].partition("\n\n")[0] + "\n"
    head = read_body(body)
    assert (head.origin, head.size) == (C2SP["origin"], C2SP["size"])
    assert head.body == body


def test_a_checkpoint_is_signed_as_go_signs_it() -> None:
    assert sign_checkpoint(HEAD, PETER) == GO["checkpoint"]


def test_extension_lines_are_passed_over() -> None:
    assert open_checkpoint(PETER.sign(HEAD.body + "an extension\n"), PETER.verifier) == HEAD


def test_a_checkpoint_of_another_log_is_refused() -> None:
    other = TreeHead("elsewhere.example", 520, HEAD.root)
    with pytest.raises(CheckpointError, match="elsewhere"):
        open_checkpoint(sign_checkpoint(other, PETER), PETER.verifier)


def test_a_checkpoint_under_another_key_is_refused() -> None:
    with pytest.raises(NoteError):
        open_checkpoint(GO["checkpoint"], generate_signer("PeterNeumann").verifier)


@pytest.mark.parametrize(
    "body",
    [
        "PeterNeumann\n520\n",
        "PeterNeumann\n0520\nTDMKxAhvW5ybcsLntwbvhFGMZqCmENYnRiCC/E0KzAA=\n",
        "PeterNeumann\n-1\nTDMKxAhvW5ybcsLntwbvhFGMZqCmENYnRiCC/E0KzAA=\n",
        "PeterNeumann\nmany\nTDMKxAhvW5ybcsLntwbvhFGMZqCmENYnRiCC/E0KzAA=\n",
        "PeterNeumann\n520\nTDMK\n",
        "PeterNeumann\n520\n!\n",
        "PeterNeumann\n520\nTDMKxAhvW5ybcsLntwbvhFGMZqCmENYnRiCC/E0KzAA=\n\nafter an empty line\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(CheckpointError):
        open_checkpoint(PETER.sign(body), PETER.verifier)
