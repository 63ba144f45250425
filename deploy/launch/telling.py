"""What these programs say to the person who started them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


def tell(text: str = "") -> None:
    print(text, flush=True)


def refuse(text: str) -> NoReturn:
    """End with a message that says what to do."""
    sys.stdout.flush()
    sys.exit(text)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and say how long it took when that was worth saying."""
    tell(f"· {title}")
    started = time.monotonic()
    yield
    seconds = time.monotonic() - started
    if seconds >= 1:
        tell(f"  done in {seconds:.0f} s")
