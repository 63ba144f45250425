"""The body of add-checkpoint is written and read as the specification says, and nothing else is read."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.witness.request import (
    LARGEST_SIZE,
    MOST_PROOF_LINES,
    AddCheckpoint,
    RequestError,
    read_add_checkpoint,
    read_size,
    write_size,
)

NOTE = "example.com/log\n3\nRcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=\n\n— example.com/log AAAAAAAA\n"
HASH = base64.b64encode(bytes(32)).decode()


def test_it_is_written_line_by_line() -> None:
    request = AddCheckpoint(20852014, (bytes(32),), NOTE)
    assert request.to_bytes().decode() == f"old 20852014\n{HASH}\n\n{NOTE}"
    assert AddCheckpoint(0, (), NOTE).to_bytes().decode() == f"old 0\n\n{NOTE}"


@given(
    st.integers(min_value=0, max_value=LARGEST_SIZE),
    st.lists(st.binary(min_size=32, max_size=32), max_size=MOST_PROOF_LINES).map(tuple),
    st.text(),
)
def test_what_is_written_is_read(old_size: int, proof: tuple[bytes, ...], note: str) -> None:
    request = AddCheckpoint(old_size, proof, note)
    assert read_add_checkpoint(request.to_bytes()) == request


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1",
        b"old 1\n",
        f"old 1\n{NOTE}".encode().replace(b"\n\n", b"\n"),
        f"new 1\n\n{NOTE}".encode(),
        f"old  1\n\n{NOTE}".encode(),
        f"old 01\n\n{NOTE}".encode(),
        f"old -1\n\n{NOTE}".encode(),
        f"old +1\n\n{NOTE}".encode(),
        f"old \u0661\n\n{NOTE}".encode(),
        f"old {2**63}\n\n{NOTE}".encode(),
        f"old 1\r\n\n{NOTE}".encode(),
        f"\nold 1\n\n{NOTE}".encode(),
        f"old 1\n{HASH[:-4]}\n\n{NOTE}".encode(),
        f"old 1\n{HASH} \n\n{NOTE}".encode(),
        f"old 1\n{HASH[:-2]}B=\n\n{NOTE}".encode(),
        f"old 1\n{(HASH + chr(10)) * (MOST_PROOF_LINES + 1)}\n{NOTE}".encode(),
        b"old 1\n\n\xff",
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError):
        read_add_checkpoint(body)


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(RequestError):
        assert read_add_checkpoint(body).to_bytes() == body


@pytest.mark.parametrize("body", ["", "3", "3\n\n", " 3\n", "03\n", "-3\n", "3.0\n", f"{2**63}\n", "three\n"])
def test_a_size_is_a_number_and_a_newline(body: str) -> None:
    with pytest.raises(RequestError):
        read_size(body)
    assert read_size(write_size(3)) == 3
