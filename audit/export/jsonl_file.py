"""JSON Lines: each entry as it was committed to, byte for byte, with its salt and its place.

From a line alone one computes the leaf: SHA-256(0x00 ‖ SHA-256("deelwijs/audit/entry/v1\\n" ‖ salt ‖ entry)), with the
entry in canonical JSON (RFC 8785), which is how it stands here.
"""

from collections.abc import Sequence

from audit.export.row import Row, Sink


class JsonLinesFile:
    """One object a line, in UTF-8; `place` is null while an entry waits for it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def add(self, rows: Sequence[Row]) -> None:
        self._sink.write(b"".join(_line(row) for row in rows))

    def end(self) -> None:
        """Nothing follows the last line."""


def _line(row: Row) -> bytes:
    place = b"null" if row.described.leaf_index is None else b"%d" % row.described.leaf_index
    salt = bytes(row.record.salt).hex().encode()
    return b'{"entry":%b,"place":%b,"salt":"%b"}\n' % (bytes(row.record.canonical), place, salt)
