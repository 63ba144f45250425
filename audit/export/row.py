"""What every format gets to write: the record as it was committed to, and what describes it for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.entry import Entry
from audit.models import Record
from audit.timeline import DescribedEntry


class Sink(Protocol):
    """Where a file goes: only ever further on."""

    def write(self, content: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry; `activity` is the URI of its processing activity."""

    record: Record
    described: DescribedEntry
    activity: str

    @property
    def entry(self) -> Entry:
        return self.described.entry


class EntryFile(Protocol):
    """A file that grows by rows and is whole after `end`. It keeps no row in memory that it has written."""

    def add(self, rows: Sequence[Row]) -> None: ...

    def end(self) -> None: ...
