"""Byte ranges by RFC 9110 section 14: its own examples, what is refused, and what holds for every range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.http_range import ByteRange, RangeNotSatisfiable, asked_range

SIZE = 1_000_000
ETAG = '"0199a2c4-7f6e-7c55-a1a0-0d2f4f1f7a10"'


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        # The examples of section 14.1.2, of a file of 10,000 bytes there.
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 1000),
        ("bytes=-500", 999_500, 1_000_000),
        ("bytes=9500-", 9500, 1_000_000),
        ("bytes=0-0", 0, 1),
        ("bytes=-1", 999_999, 1_000_000),
        ("bytes=999999-", 999_999, 1_000_000),
        ("bytes=999999-999999", 999_999, 1_000_000),
        ("bytes=0-1000000", 0, 1_000_000),
        ("bytes=0-999999", 0, 1_000_000),
        ("bytes=-1000000", 0, 1_000_000),
        ("bytes=-2000000", 0, 1_000_000),
        ("BYTES=1-2", 1, 3),
        (" bytes=1-2 ", 1, 3),
        ("bytes= 1-2\t", 1, 3),
        ("bytes=,1-2,", 1, 3),
        ("bytes=000000000000000000000000001-2", 1, 3),
        (f"bytes=1-{'9' * 5000}", 1, 1_000_000),
        (f"bytes=-{'9' * 5000}", 0, 1_000_000),
    ],
)
def test_a_range_is_some_of_the_bytes(header: str, start: int, stop: int) -> None:
    found = asked_range(header, size=SIZE)
    assert found == ByteRange(start, stop, SIZE)
    assert found.content_range == f"bytes {start}-{stop - 1}/1000000"
    assert found.length == stop - start


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=2-1",
        "bytes=a-b",
        "bytes=1",
        "bytes=1-2-3",
        "bytes=--1",
        "bytes=1 - 2",
        "bytes=0x1-2",
        "bytes=1-2;3-4",
        "items=1-2",
        "seconds=1-2",
        # A digit of another script is no digit here.
        "bytes=٣-٤",
        # Several at once may be answered with everything.
        "bytes=0-1,4-5",
        "bytes=0-0,-1",
    ],
)
def test_what_is_no_range_asks_for_everything(header: str) -> None:
    assert asked_range(header, size=SIZE) is None


@pytest.mark.parametrize(
    "header", ["bytes=1000000-", "bytes=1000000-1000001", "bytes=-0", f"bytes={'9' * 5000}-", "bytes=2000000-3000000"]
)
def test_bytes_that_are_not_there_cannot_be_had(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        asked_range(header, size=SIZE)
    assert refused.value.content_range == "bytes */1000000"


def test_a_range_without_an_end_can_be_answered_in_part() -> None:
    assert asked_range("bytes=10-", size=SIZE, most=100) == ByteRange(10, 110, SIZE)
    assert asked_range("bytes=999990-", size=SIZE, most=100) == ByteRange(999_990, SIZE, SIZE)
    # What says where it ends gets all of it.
    for header, start, stop in (("bytes=0-999", 0, 1000), ("bytes=-1000", 999_000, SIZE)):
        assert asked_range(header, size=SIZE, most=100) == ByteRange(start, stop, SIZE)


def test_an_empty_file_has_no_range() -> None:
    for header in ("bytes=0-", "bytes=0-0", "bytes=-1"):
        with pytest.raises(RangeNotSatisfiable):
            asked_range(header, size=0)
    assert asked_range("", size=0) is None


@pytest.mark.parametrize(
    ("if_range", "holds"),
    [
        (ETAG, True),
        (f" {ETAG}", True),
        ("", True),
        ('"another"', False),
        # A weak one never matches (section 13.1.5), nor a date: the file has none.
        (f"W/{ETAG}", False),
        ("Wed, 25 Nov 2026 10:00:00 GMT", False),
        ("*", False),
    ],
)
def test_a_range_of_another_file_is_the_whole_file(if_range: str, holds: bool) -> None:
    found = asked_range("bytes=1-2", size=SIZE, if_range=if_range, etag=ETAG)
    assert found == (ByteRange(1, 3, SIZE) if holds else None)


@given(st.integers(0, 2_000_000), st.one_of(st.none(), st.integers(0, 2_000_000)), st.one_of(st.none(), st.integers(0)))
def test_a_range_is_what_slicing_gives(size: int, first: int | None, last: int | None) -> None:
    """Bytes from the first to the last, both included, or the last so many: as Python cuts a row of numbers."""
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    numbers = range(size)
    if first is None and last is None:
        expected = numbers
    elif first is None:
        expected = numbers[-last:] if last else numbers[:0]
    elif last is None:
        expected = numbers[first:]
    else:
        expected = numbers[first : last + 1]
    try:
        found = asked_range(header, size=size)
    except RangeNotSatisfiable:
        assert not expected
        return
    if found is None:
        # Not well-formed: nothing, or one that ends before it begins.
        assert (first is None and last is None) or (first is not None and last is not None and last < first)
        return
    assert numbers[found.start : found.stop] == expected
    assert 0 <= found.start < found.stop <= size
    assert found.content_range == f"bytes {found.start}-{found.stop - 1}/{size}"


@given(st.text(max_size=40), st.integers(0, 100))
def test_no_header_breaks_it(header: str, size: int) -> None:
    for given_header in (header, f"bytes={header}"):
        try:
            found = asked_range(given_header, size=size)
        except RangeNotSatisfiable:
            continue
        assert found is None or 0 <= found.start < found.stop <= size
