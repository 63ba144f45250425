import hashlib
import io
import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import DoesNotOpen
from sharing.files.chunked import CHUNK, HEADER, SEALED_CHUNK, SealedReader, SealedWriter
from tests.sharing.sealed_files import CONTEXT, KEY, Memory, open_whole, reader, seal

VECTORS = json.loads(
    (Path(__file__).parent / "vectors" / "c2sp_chunked_encryption_aes_256_gcm_test.json").read_bytes()
)["testGroups"][0]["tests"]

PLAIN = os.urandom(5 * CHUNK + 1234)
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 64 * CHUNK, 65 * CHUNK, 65 * CHUNK + 7, 130 * CHUNK + 1]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['tcId']}-{vector['comment']}")
def test_wycheproof(vector: dict[str, Any]) -> None:
    def read() -> bytes:
        return open_whole(
            zlib.decompress(bytes.fromhex(vector["ct"])),
            key=bytes.fromhex(vector["key"]),
            context=bytes.fromhex(vector["ctx"]),
        )

    if vector["result"] == "valid":
        plain = read()
        assert (len(plain), hashlib.sha512(plain).hexdigest()) == (vector["msgLength"], vector["msgSha512"])
    else:
        with pytest.raises(DoesNotOpen):
            read()


@pytest.mark.parametrize("size", SIZES)
def test_the_library_opens_what_we_seal_and_we_open_what_it_seals(size: int) -> None:
    plain = os.urandom(size)
    opening = Cobblestone256Decryptor(KEY, CONTEXT)
    assert opening.update(seal(plain)) + opening.finalize() == plain
    sealing = Cobblestone256Encryptor(KEY, CONTEXT)
    assert open_whole(sealing.update(plain) + sealing.finalize()) == plain


@given(cuts=st.lists(st.integers(0, len(PLAIN)), max_size=8))
def test_however_it_is_cut_into_writes_it_is_the_same_file(cuts: list[int]) -> None:
    memory = Memory()
    with SealedWriter(memory, key=KEY, context=CONTEXT) as writer:
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(PLAIN)], strict=True):
            assert writer.write(PLAIN[start:stop]) == stop - start
        assert writer.tell() == writer.size == len(PLAIN)
    assert open_whole(bytes(memory.data)) == PLAIN


SEALED = seal(PLAIN)


@given(start=st.integers(-5, len(PLAIN) + 5), length=st.integers(0, len(PLAIN)))
def test_any_range_is_the_slice(start: int, length: int) -> None:
    assert reader(SEALED).read_range(start, start + length) == PLAIN[max(start, 0) : max(start + length, 0)]


@given(steps=st.lists(st.tuples(st.integers(0, len(PLAIN) + 9), st.integers(0, 3 * CHUNK), st.booleans()), max_size=20))
def test_reading_and_seeking_is_that_of_a_file(steps: list[tuple[int, int, bool]]) -> None:
    ours, plain = reader(SEALED), io.BytesIO(PLAIN)
    for position, length, seeks in steps:
        if seeks:
            assert ours.seek(position) == plain.seek(position)
        assert ours.read(length) == plain.read(length)
        assert ours.tell() == plain.tell()


def test_a_range_opens_only_the_chunks_that_it_lies_in() -> None:
    memory = Memory(bytearray(SEALED))
    opened = SealedReader(memory, key=KEY, context=CONTEXT)
    memory.bytes_read = 0
    opened.read_range(CHUNK - 1, CHUNK + 1)
    assert memory.bytes_read == 2 * SEALED_CHUNK


@given(position=st.integers(0, CHUNK), patch=st.binary(max_size=100))
def test_the_first_chunk_may_be_written_again(position: int, patch: bytes) -> None:
    memory = Memory()
    expected = io.BytesIO(PLAIN)
    with SealedWriter(memory, key=KEY, context=CONTEXT) as writer:
        writer.write(PLAIN)
        patch = patch[: CHUNK - position]
        for file in (writer, expected):
            file.seek(position)
            file.write(patch)
            file.seek(0, io.SEEK_END)
            file.write(b"and on")
    assert open_whole(bytes(memory.data)) == expected.getvalue()


def test_no_other_place_can_be_written_again() -> None:
    writer = SealedWriter(Memory(), key=KEY, context=CONTEXT)
    writer.write(PLAIN)
    with pytest.raises(io.UnsupportedOperation):
        writer.seek(CHUNK + 1)
    writer.seek(CHUNK - 1)
    with pytest.raises(io.UnsupportedOperation):
        writer.write(b"over the edge")


@given(data=st.data())
def test_a_changed_message_does_not_open(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["cut", "longer", "reordered", "flipped", "chunk left out"]))
    sealed = bytearray(SEALED)
    first = data.draw(st.integers(0, 3))
    start = HEADER + first * SEALED_CHUNK
    if kind == "cut":
        del sealed[data.draw(st.integers(0, len(sealed) - 1)) :]
    elif kind == "longer":
        sealed += data.draw(st.binary(min_size=1, max_size=SEALED_CHUNK))
    elif kind == "reordered":
        one, other = sealed[start : start + SEALED_CHUNK], sealed[start + SEALED_CHUNK : start + 2 * SEALED_CHUNK]
        sealed[start : start + 2 * SEALED_CHUNK] = other + one
    elif kind == "flipped":
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del sealed[start : start + SEALED_CHUNK]
    with pytest.raises(DoesNotOpen):
        open_whole(bytes(sealed))


def test_one_file_does_not_open_as_another() -> None:
    with pytest.raises(DoesNotOpen):
        reader(SEALED, context=b"another file of the tests")
    with pytest.raises(DoesNotOpen):
        reader(SEALED, key=bytes(32))


def test_what_was_abandoned_does_not_open() -> None:
    memory = Memory()
    writer = SealedWriter(memory, key=KEY, context=CONTEXT)
    writer.write(PLAIN)
    writer.abandon()
    with pytest.raises(DoesNotOpen):
        open_whole(bytes(memory.data))
