from dataclasses import dataclass


class MemoryMoved(Exception):
    """Another sequencer kept something else meanwhile. Nothing was changed."""


class MemoryUnavailable(Exception):
    """The memory does not answer, or has no room. Nothing may be signed that it does not remember."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A note as it is kept, and the `version` of it that a replacement names."""

    note: str
    version: str
