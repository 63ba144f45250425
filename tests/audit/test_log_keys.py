"""A key of the log counts for the sizes at which the log used it, and of each kind in use one must have signed."""

import pytest

from audit.signing.checkpoint import open_checkpoint, sign_checkpoint
from audit.signing.log_keys import LogKey, LogSigner, LogVerifier, read_log_keys, read_signer_keys, write_log_keys
from audit.signing.ml_dsa import generate_ml_dsa_signer
from audit.signing.signed_note import NoteError, generate_signer
from audit.signing.tree_head import TreeHead
from tests.audit.log import vectors

NAME = "log.example/1"
OLD, NEW, OTHER = (generate_signer(NAME) for _ in range(3))
ML_DSA = generate_ml_dsa_signer(NAME)
# The old key signed up to 100 leaves, the new one since 90, and ML-DSA-44 since 95.
LOG = LogVerifier((LogKey(OLD.verifier, 0, 100), LogKey(NEW.verifier, 90), LogKey(ML_DSA.verifier, 95)))


def note(size: int, *signers: object) -> str:
    keys = LogVerifier(tuple(LogKey(one.verifier) for one in signers))  # type: ignore[attr-defined]
    return sign_checkpoint(TreeHead(NAME, size, bytes(32)), LogSigner(signers, keys))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "signers"),
    [
        (0, [OLD]),
        (89, [OLD]),
        (90, [OLD, NEW]),
        (94, [OLD]),
        (94, [NEW]),
        (95, [OLD, NEW, ML_DSA]),
        (100, [OLD, ML_DSA]),
        (101, [NEW, ML_DSA]),
        (10**9, [NEW, ML_DSA, OTHER]),
        (10**9, [OLD, NEW, ML_DSA]),
    ],
)
def test_what_the_right_key_signed_in_its_time_opens(size: int, signers: list[object]) -> None:
    assert open_checkpoint(note(size, *signers), LOG).size == size


@pytest.mark.parametrize(
    ("size", "signers", "why"),
    [
        (101, [OLD], "over 101 leaves there is no"),
        (101, [OLD, ML_DSA], "no Ed25519 signature"),
        (89, [NEW], "no Ed25519 signature"),
        (95, [OLD, NEW], "no ML-DSA-44 signature"),
        (101, [NEW], "no ML-DSA-44 signature"),
        (101, [ML_DSA], "no Ed25519 signature"),
        (50, [OTHER], "no key that we know"),
    ],
)
def test_what_another_key_signed_or_one_out_of_its_time_does_not(size: int, signers: list[object], why: str) -> None:
    with pytest.raises(NoteError, match=why):
        open_checkpoint(note(size, *signers), LOG)


def test_who_has_no_ml_dsa_key_passes_over_its_line() -> None:
    assert open_checkpoint(note(200, NEW, ML_DSA), NEW.verifier).size == 200


def test_a_wrong_line_of_a_known_key_is_refused_whatever_else_is_good() -> None:
    """Also one that would not have counted."""
    for wrong in (OLD, ML_DSA):
        lines = note(200, NEW, ML_DSA).removesuffix("\n").split("\n")
        lines = [line for line in lines if line != note(200, ML_DSA).split("\n")[4]]
        lines.append(note(199, wrong).split("\n")[4])
        with pytest.raises(NoteError, match="wrong"):
            open_checkpoint("\n".join(lines) + "\n", LOG)


def test_the_newest_ed25519_key_is_the_one_to_hand_out() -> None:
    assert LOG.current == NEW.verifier
    assert str(LOG) == str(NEW.verifier)
    with pytest.raises(NoteError, match="retired"):
        _ = LogVerifier((LogKey(OLD.verifier, 0, 100),)).current


def test_keys_come_back_from_their_text() -> None:
    text = write_log_keys(LOG.keys)
    assert read_log_keys(text) == LOG.keys
    assert text.splitlines()[0] == f"{OLD.verifier} until 100"
    assert text.splitlines()[1] == f"{NEW.verifier} from 90"
    assert read_signer_keys(f"{OLD.to_text()}\n{ML_DSA.to_text()}\n") == (OLD, ML_DSA)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "no key",
        f"{OLD.verifier} until",
        f"{OLD.verifier} until -1",
        f"{OLD.verifier} until 1 from 2",
        f"{OLD.verifier}\n{OLD.verifier}",
        f"{OLD.verifier}\n{generate_signer('other.example/1').verifier}",
        "name+00000000+BAAA",
        str(vectors("signed_note.json")["valid"][0]["vkey"])[:-4],
    ],
    # Each worker makes keys of its own, and all must name the tests alike.
    ids=range(10),
)
def test_what_are_no_keys_of_one_log_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        read_log_keys(text)


def test_private_keys_of_two_logs_are_refused_without_showing_them() -> None:
    with pytest.raises(NoteError) as refused:
        read_signer_keys(f"{OLD.to_text()}\n{generate_signer('other.example/1').to_text()}\n")
    assert "PRIVATE" not in str(refused.value)
    assert "PRIVATE" not in repr(LogSigner((OLD,), LOG))
