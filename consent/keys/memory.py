"""Opened purpose and pseudonym keys, in this process's memory for minutes: the key service is slow, and they say
nothing of one person. Consent keys, vault keys and data keys are never kept: a destroyed one must be gone for the very
next read.
"""

import time
from collections.abc import Callable
from datetime import timedelta

KEPT_FOR = timedelta(minutes=5)


class Memory:
    """Opened keys by id, each for `KEPT_FOR`."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[float, bytes]] = {}

    def get(self, key_id: object, open_key: Callable[[], bytes]) -> bytes:
        """Return the key of `key_id`, opened by `open_key` unless it was opened minutes ago."""
        now = time.monotonic()
        kept = self._kept.get(key_id)
        if kept is not None and kept[0] > now:
            return kept[1]
        # What is over goes away, and not only out of use: the memory of a server is where a thief may look.
        self._kept = {other: entry for other, entry in self._kept.items() if entry[0] > now}
        key = open_key()
        self._kept[key_id] = (now + KEPT_FOR.total_seconds(), key)
        return key

    def forget(self) -> None:
        self._kept.clear()


memory = Memory()
