"""What holds for every decoder: what it may take, and what its exceptions mean."""

from collections.abc import Iterator
from contextlib import contextmanager

from sharing.files.content.errors import FileDamaged, FileRefused, FileTooLarge

MIB = 1024 * 1024
# Pictures and PDFs are opened whole. Video is not, and may be of any size.
MOST_BYTES_OPENED_WHOLE = 100 * MIB
# The largest photo of a telephone has 200 million; decoded that is 600 MB.
MOST_PIXELS = 220_000_000
# The long side of a still picture, in pixels.
STILL_SIDE = 640


@contextmanager
def file_at_fault() -> Iterator[None]:
    """Take whatever a decoder raises as a fault of the file."""
    try:
        yield
    except FileRefused:
        raise
    except MemoryError as error:
        raise FileTooLarge from error
    except Exception as error:  # a decoder fed with a hostile file raises anything
        raise FileDamaged from error
