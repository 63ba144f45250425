"""The formats of an export: what writes each, and how large it may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.evidence.bundle import BundleFile
from audit.export.csv_file import CsvFile
from audit.export.jsonl_file import JsonLinesFile
from audit.export.nen7513 import NEN7513_COLUMNS
from audit.export.row import EntryFile, Sink
from audit.export.vng import VngFile
from audit.models import LogExport

MOST_ENTRIES = 500_000
# Each of them comes with two files of its own and a proof, and who checks it has it in memory.
MOST_PROVEN = 5_000

Kind = LogExport.Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format; `begin(sink, export, now)` starts a file, `most` is how many entries it may hold."""

    media_type: str
    suffix: str
    begin: Callable[[Sink, LogExport, datetime], EntryFile]
    most: int = MOST_ENTRIES


def _parquet_file(sink: Sink) -> EntryFile:
    # pyarrow takes long to import, and only who asks for this format needs it.
    from audit.export.parquet_file import ParquetFile

    return ParquetFile(sink)


FORMATS: Mapping[str, Format] = {
    Kind.CSV: Format(
        media_type="text/csv; charset=utf-8", suffix="csv", begin=lambda sink, _export, _now: CsvFile(sink)
    ),
    Kind.JSONL: Format(
        media_type="application/jsonl", suffix="jsonl", begin=lambda sink, _export, _now: JsonLinesFile(sink)
    ),
    Kind.PARQUET: Format(
        media_type="application/vnd.apache.parquet",
        suffix="parquet",
        begin=lambda sink, _export, _now: _parquet_file(sink),
    ),
    Kind.NEN7513: Format(
        media_type="text/csv; charset=utf-8",
        suffix="nen7513.csv",
        begin=lambda sink, _export, _now: CsvFile(sink, NEN7513_COLUMNS),
    ),
    Kind.VNG: Format(
        media_type="application/json",
        suffix="verwerkingsacties.json",
        begin=lambda sink, _export, now: VngFile(sink, now=now),
    ),
    Kind.BUNDLE: Format(
        media_type="application/zip",
        suffix="evidence.zip",
        begin=lambda sink, export, now: BundleFile(sink, export=export, now=now),
        most=MOST_PROVEN,
    ),
}
