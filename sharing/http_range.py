"""Which bytes of a file a request asks for (RFC 9110 section 14), without I/O."""

import re
from dataclasses import dataclass

# One range or several; optional white space and empty elements may stand between them (section 5.6.1).
_RANGES = re.compile(r"bytes=(?P<ranges>[0-9\-, \t]*)", re.ASCII | re.IGNORECASE)
_RANGE = re.compile(r"(?P<first>[0-9]*)-(?P<last>[0-9]*)", re.ASCII)
# No file is this large; longer numbers are as good as this one, and are not worked out.
_MOST_DIGITS = 18


class RangeNotSatisfiable(ValueError):
    """None of the bytes that were asked for is there: 416, and how many there are."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes")
        self.content_range = f"bytes */{size}"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to and not including `stop`, of `size` in all. It is never empty."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    @property
    def content_range(self) -> str:
        """Return the Content-Range of the answer (section 14.4)."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def asked_range(
    header: str, *, size: int, if_range: str = "", etag: str = "", most: int | None = None
) -> ByteRange | None:
    """Return the range that the `Range` header of a GET asks for, None where the whole file is the answer.

    The whole file is the answer to no header, to another unit, to what is not well-formed, and to several ranges at
    once, which a server may all answer so (section 14.2). It is too where `if_range` is not exactly `etag`, the strong
    one of the file: then the caller has another file, and a date tells nothing of one that has none (section 13.1.5).
    A range without an end gets at most `most` bytes: who asked goes on from there (section 15.3.7). Raises
    RangeNotSatisfiable.
    """
    if if_range and if_range.strip() != etag:
        return None
    found = _RANGES.fullmatch(header.strip())
    if found is None:
        return None
    ranges = [one for one in (part.strip(" \t") for part in found["ranges"].split(",")) if one]
    if len(ranges) != 1:
        return None
    one = _RANGE.fullmatch(ranges[0])
    if one is None:
        return None
    match one["first"], one["last"]:
        case "", "":
            return None
        case "", suffix:
            start, stop = max(0, size - _number(suffix)), size
        case first, "":
            start = _number(first)
            stop = size if most is None else min(size, start + most)
        case first, last:
            start, stop = _number(first), min(size, _number(last) + 1)
            if _number(last) < start:
                return None
    if start >= size or start >= stop:
        raise RangeNotSatisfiable(size)
    return ByteRange(start, stop, size)


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
