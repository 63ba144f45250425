"""Notes and keys are those of C2SP and of Go, and a changed note is never opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.signing.signed_note import NoteError, generate_signer, open_note, read_signer, read_verifier
from tests.audit.log import vectors

C2SP = vectors("signed_note.json")
EXAMPLE = C2SP["valid"][0]
PETER = C2SP["peter_neumann_go"]

SIGNER = generate_signer("log.example/1")
NOTE = SIGNER.sign("What was said.\n\nAnd more.\n")


def test_the_example_of_the_specification_opens() -> None:
    text = open_note(EXAMPLE["note"], [read_verifier(EXAMPLE["vkey"])])
    assert text == "This is an example message.\n"


def test_keys_are_spelled_as_go_spells_them() -> None:
    signer = read_signer(PETER["skey"])
    assert signer.to_text() == PETER["skey"]
    assert str(signer.verifier) == str(read_verifier(PETER["vkey"])) == PETER["vkey"]


def test_what_is_signed_opens() -> None:
    assert open_note(NOTE, [SIGNER.verifier]) == "What was said.\n\nAnd more.\n"


def test_the_same_text_is_signed_the_same_way() -> None:
    assert SIGNER.sign("Twice.\n") == SIGNER.sign("Twice.\n")


@given(st.data())
def test_no_changed_note_opens(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(NOTE) - 1))
    other = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda one: one != NOTE[at]))
    with pytest.raises(NoteError):
        open_note(NOTE[:at] + other + NOTE[at + 1 :], [SIGNER.verifier])


def test_signatures_by_unknown_keys_are_passed_over() -> None:
    witness = generate_signer("witness.example")
    signature = witness.sign("What was said.\n\nAnd more.\n").rpartition("\n\n")[2]
    assert open_note(NOTE + signature, [SIGNER.verifier])


def test_sixteen_signatures_are_read_and_a_flood_is_not() -> None:
    line = generate_signer("witness.example").sign("What was said.\n\nAnd more.\n").rpartition("\n\n")[2]
    assert open_note(NOTE + line * 16, [SIGNER.verifier])
    with pytest.raises(NoteError, match="128"):
        open_note(NOTE + line * 128, [SIGNER.verifier])


@pytest.mark.parametrize("control", ["\0", "\t", "\r", "\x1f"])
def test_a_note_has_no_control_characters(control: str) -> None:
    for text in (f"What{control} was said.\n", f"{control}\n"):
        with pytest.raises(NoteError, match="control"):
            open_note(SIGNER.sign(text), [SIGNER.verifier])


def test_a_note_that_only_others_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="no key that we know"):
        open_note(NOTE, [generate_signer("log.example/1").verifier])


@pytest.mark.parametrize(
    "note", ["", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n— name !!!!\n", "text\n\n— name\n"]
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, [SIGNER.verifier])


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "with\ttab", "with\x01control", "with\u2003em space"])
def test_a_key_needs_a_name_that_fits_in_a_note(name: str) -> None:
    with pytest.raises(NoteError):
        generate_signer(name)


@pytest.mark.parametrize("key", ["", "a+b", "a+00000000+AAAA", PETER["vkey"][:-4], "x" + PETER["vkey"]])
def test_a_damaged_key_is_refused(key: str) -> None:
    with pytest.raises(NoteError):
        read_verifier(key)


def test_a_private_key_does_not_show_in_a_traceback() -> None:
    assert SIGNER.to_text().split("+")[-1] not in repr(SIGNER)
    assert SIGNER.seed.hex() not in repr(SIGNER)
