"""A sealed evidence bundle: one ZIP file that is checked by the program in it, or by anyone's own.

    README.nl.txt, README.en.txt    how to check it, and what that shows
    standalone_verifier.py          the program: Python and nothing else
    keys/log, keys/evidence         the verifier keys: of the log, and of the seal
    search.json                     what was searched, when, by whom (organisation and role)
    entries/<place>.json            an entry as it was committed to (RFC 8785)
    proofs/<place>.tlog-proof       its proof (C2SP tlog-proof); the extra data is salt ‖ entry
    checkpoints/<size>              signed tree heads, with the lines of witnesses
    timestamps/<size>.tsr           that another party saw one of these, where it was asked (RFC 3161 TimeStampResp)
    consistency/<old>-<size>        the proof that the log only grew from the one to the other (RFC 9162 §2.1.4)
    MANIFEST                        SHA-256, size and name of every file before it, as a signed note (C2SP signed-note)

All proofs are under the newest checkpoint at the time of making. The oldest one that held all entries already comes
along, so that one sees since when they stand there.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import audit
from audit.evidence.evidence_key import load_evidence_signer
from audit.evidence.readme import readme
from audit.evidence.stored_zip import StoredZip
from audit.export.row import Row, Sink
from audit.models import Checkpoint, LogExport, Timestamp
from audit.models.checkpoint import add_cosignatures
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import write_log_keys
from audit.tree.consistency import prove_consistency
from audit.tree.inclusion import NotInLogYet
from audit.tree.merkle import inclusion_spans
from audit.tree.stored_tiles import StoredTiles
from audit.tree.tiles import TileAddress, prove_from_tiles
from audit.tree.tlog_proof import write_tlog_proof

HEADER = "deelwijs evidence bundle v1"
CONSISTENCY_HEADER = "deelwijs consistency proof v1"
VERIFIER = Path(audit.__file__).with_name("standalone_verifier.py")
# 8 KiB each; entries that stand together share theirs.
_MOST_TILES = 2000


class BundleFile:
    """Writes the bundle of an export. Raise EvidenceKeyUnusable, LogKeyUnusable, or NotInLogYet before a checkpoint."""

    def __init__(self, sink: Sink, *, export: LogExport, now: datetime) -> None:
        self._signer = load_evidence_signer()
        newest = Checkpoint.objects.newest_published()
        if newest is None:
            raise NotInLogYet
        self._checkpoint = newest
        self._made = now
        self._zip = StoredZip(sink)
        self._manifest: list[str] = []
        self._tiles = _RememberedTiles()
        self._places: set[int] = set()
        origin = load_verifier().name
        for language in ("nl", "en"):
            self._add(f"README.{language}.txt", readme(language, origin=origin, made=now).encode())
        self._add("standalone_verifier.py", VERIFIER.read_bytes())
        self._add("keys/log", write_log_keys(load_verifier().keys).encode())
        self._add("keys/evidence", f"{self._signer.verifier}\n".encode())
        self._add("search.json", _search(export))

    def add(self, rows: Sequence[Row]) -> None:
        """Add entries with their proofs. Raise NotInLogYet for one that is not under the checkpoint yet."""
        for row in rows:
            place = row.described.leaf_index
            if place is None or place >= self._checkpoint.size:
                raise NotInLogYet
            self._places.add(place)
            salt, canonical = bytes(row.record.salt), bytes(row.record.canonical)
            name = f"{place:012}"
            self._add(f"entries/{name}.json", canonical)
            self._add(f"proofs/{name}.tlog-proof", self._proof(place, salt, canonical).encode())

    def end(self) -> None:
        for checkpoint in self._checkpoints():
            self._add(f"checkpoints/{checkpoint.size}", checkpoint.note.encode())
            for timestamp in Timestamp.objects.filter(size=checkpoint.size):
                self._add(f"timestamps/{checkpoint.size}.tsr", bytes(timestamp.response))
            if checkpoint.size < self._checkpoint.size:
                self._add(f"consistency/{checkpoint.size}-{self._checkpoint.size}", self._consistency(checkpoint.size))
        head = [
            HEADER,
            f"log {load_verifier().name}",
            f"made {self._made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            f"entries {len(self._places)}",
        ]
        note = self._signer.sign("\n".join([*head, "", *self._manifest]) + "\n")
        self._zip.add("MANIFEST", note.encode())
        self._zip.end()

    def _add(self, name: str, content: bytes) -> None:
        self._zip.add(name, content)
        self._manifest.append(f"{hashlib.sha256(content).hexdigest()} {len(content)} {name}")

    def _proof(self, place: int, salt: bytes, canonical: bytes) -> str:
        size = self._checkpoint.size
        spans = inclusion_spans(place, size)
        hashes = prove_from_tiles(spans, size=size, reader=self._tiles)
        return write_tlog_proof(index=place, hashes=hashes, checkpoint=self._checkpoint.note, extra=salt + canonical)

    def _checkpoints(self) -> list[Checkpoint]:
        """Return the oldest checkpoint that held all entries, and the one that they are proven under."""
        last = max(self._places, default=0)
        older = Checkpoint.objects.published().filter(size__gt=last, size__lt=self._checkpoint.size)
        return [*add_cosignatures(list(older.order_by("size")[:1])), self._checkpoint]

    def _consistency(self, old_size: int) -> bytes:
        proof = prove_consistency(old_size=old_size, size=self._checkpoint.size)
        hashes = [base64.b64encode(one).decode() for one in proof.hashes]
        return "\n".join([CONSISTENCY_HEADER, f"old {old_size}", f"size {proof.size}", *hashes, ""]).encode()


def _search(export: LogExport) -> bytes:
    said = {
        "export": str(export.pk),
        "askedAt": export.asked_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "organisation": export.organisation,
        "role": export.role,
        "organisations": export.organisations,
        "filters": export.filters,
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


class _RememberedTiles:
    """A `TileReader` that asks for each tile once."""

    def __init__(self) -> None:
        self._stored = StoredTiles()
        self._read: dict[TileAddress, bytes] = {}

    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        missing = [tile for tile in tiles if tile not in self._read]
        if missing:
            if len(self._read) > _MOST_TILES:
                self._read.clear()
                missing = list(tiles)
            self._read.update(self._stored.read(missing))
        return {tile: self._read[tile] for tile in tiles}
