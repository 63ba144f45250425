"""CSV (RFC 4180) in UTF-8 with a byte order mark, which spreadsheets need to see that it is."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from audit.csv_cells import safe_cell
from audit.export.columns import COLUMNS, Column
from audit.export.row import Row, Sink

BYTE_ORDER_MARK = "\ufeff"
# Within a cell, between the members of a list.
BETWEEN = " | "


class CsvFile:
    """One line an entry. No cell is one that a spreadsheet would calculate."""

    def __init__(self, sink: Sink, columns: Sequence[Column] = COLUMNS) -> None:
        self._sink = sink
        self._columns = columns
        self._write([[column.name for column in columns]], first=BYTE_ORDER_MARK)

    def add(self, rows: Sequence[Row]) -> None:
        self._write([[safe_cell(_cell(column.read(row))) for column in self._columns] for row in rows])

    def end(self) -> None:
        """Nothing follows the last line."""

    def _write(self, lines: list[list[str]], *, first: str = "") -> None:
        text = io.StringIO()
        text.write(first)
        csv.writer(text).writerows(lines)
        self._sink.write(text.getvalue().encode())


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case list():
            return BETWEEN.join(value)
        case _:
            return str(value)
