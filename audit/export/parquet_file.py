"""Parquet, with a type for every column, in row groups of one batch: what is written is forgotten."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audit.export.columns import COLUMNS, Kind
from audit.export.row import Row, Sink

TYPES: dict[Kind, Any] = {
    "text": pa.string(),
    "moment": pa.timestamp("us", tz="UTC"),
    "number": pa.int64(),
    "switch": pa.bool_(),
    "texts": pa.list_(pa.string()),
}
SCHEMA = pa.schema([(column.name, TYPES[column.kind]) for column in COLUMNS])


class ParquetFile:
    """The columns of `COLUMNS`, compressed with Zstandard."""

    def __init__(self, sink: Sink) -> None:
        self._writer = pq.ParquetWriter(pa.PythonFile(_Forward(sink), mode="w"), SCHEMA, compression="zstd")

    def add(self, rows: Sequence[Row]) -> None:
        columns = [pa.array([column.read(row) for row in rows], TYPES[column.kind]) for column in COLUMNS]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=SCHEMA), row_group_size=max(1, len(rows)))

    def end(self) -> None:
        self._writer.close()


class _Forward:
    """What pyarrow takes for a file that one can only write on to."""

    closed = False

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._position = 0

    def write(self, content: Any) -> int:
        written = bytes(content)
        self._sink.write(written)
        self._position += len(written)
        return len(written)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """The sink keeps what it gets."""

    def close(self) -> None:
        """The sink is closed by who opened it."""
