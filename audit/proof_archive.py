"""The proofs of many entries in one ZIP file, written as it is sent: no more of it stands in memory than one batch.

All proofs are under one checkpoint, with the keys, the stand-alone program and what to do with them beside it.
"""

import io
import zipfile
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.errors import TooLarge
from audit.models import Checkpoint, Record
from audit.models.record import RecordQuerySet
from audit.pages.paging import record_page
from audit.tree.inclusion import EntryProof, prove_entries
from audit.verifier_program import verifier_program

MOST_PROOFS = 1000
_BATCH = 100
# The same bytes for the same proofs: what is in it has its own times. The earliest that a ZIP file knows.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class TooManyProofs(TooLarge):
    code = "too-many-proofs"
    title = gettext_lazy("These are too many lines for one file")


def proof_archive(records: RecordQuerySet, *, newest: Checkpoint | None, readme: str, keys: str) -> Iterator[bytes]:
    """Yield a ZIP file with the proof of each record, newest first, as `proofs/<time>-<entry id>.txt` (tlog-proof).

    Entries that the checkpoint does not cover yet are named in `waiting.txt`. Raise TooManyProofs before the first
    byte where there are more than MOST_PROOFS.
    """
    if records.order_by()[MOST_PROOFS : MOST_PROOFS + 1].exists():
        detail = _("One file holds %(most)d proofs at most. Choose a shorter period, or one organisation.")
        raise TooManyProofs(detail % {"most": MOST_PROOFS})
    return _pieces(records, newest, readme, keys)


def _pieces(records: RecordQuerySet, newest: Checkpoint | None, readme: str, keys: str) -> Iterator[bytes]:
    sent = _Sent()
    waiting: list[str] = []
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, "README.txt", readme)
        _write(archive, "standalone_verifier.py", verifier_program())
        _write(archive, "key.txt", keys)
        if newest is not None:
            _write(archive, "checkpoint.txt", newest.note)
        yield sent.take()
        for batch in _batches(records):
            proofs = prove_entries(batch, newest) if newest else [None] * len(batch)
            for record, proof in zip(batch, proofs, strict=True):
                if proof is None:
                    waiting.append(f"{record.at:%Y-%m-%dT%H:%M:%SZ} {record.entry_id}\n")
                else:
                    _write(archive, _name(record.at.strftime("%Y%m%dT%H%M%SZ"), proof), proof.to_tlog_proof())
            yield sent.take()
        if waiting:
            _write(archive, "waiting.txt", "".join(waiting))
    yield sent.take()


def _name(at: str, proof: EntryProof) -> str:
    return f"proofs/{at}-{proof.entry_id}.txt"


def _batches(records: RecordQuerySet) -> Iterator[list[Record]]:
    before = ""
    while True:
        page = record_page(records, before=before, size=_BATCH)
        if page.records:
            yield page.records
        if not page.older:
            return
        before = page.older


def _write(archive: zipfile.ZipFile, name: str, content: str | bytes) -> None:
    member = zipfile.ZipInfo(name, date_time=_NO_TIME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    archive.writestr(member, content)


class _Sent(io.RawIOBase):
    """Takes what the archive writes, and gives it away. It cannot go back, so the archive does not try to."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview[int]") -> int:  # type: ignore[override]
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken
