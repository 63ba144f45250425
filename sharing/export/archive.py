"""Everything about one citizen as one ZIP file: JSON for programs, a page in each chosen language for people."""

import io
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.translation import override

from consent.models import Citizen
from consent.receipts.consent_receipt import signed_receipt
from consent.receipts.record import receipt_record
from sharing.export import parts
from sharing.export.document import document
from sharing.services.files.open_file import open_vault_file

_PIECE = 1024 * 1024
Progress = Callable[[int, int], None]


def make_archive(citizen: Citizen, *, key: bytes, languages: tuple[str, ...], progress: Progress) -> bytes:
    """Return the ZIP file; `key` is the citizen's vault key, and `progress` hears how many of how many files are ready.

    Long parts go through in batches: what is held in memory is the compressed file and one batch.
    """
    writers = _writers(citizen, key, languages)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        progress(0, len(writers))
        for done, (name, write) in enumerate(writers, start=1):
            write(archive, name)
            progress(done, len(writers))
    return held.getvalue()


Writer = Callable[[zipfile.ZipFile, str], None]


def _writers(citizen: Citizen, key: bytes, languages: tuple[str, ...]) -> list[tuple[str, Writer]]:
    """Return the files in the order in which they are made, those for people first."""
    return [
        ("README.txt", _text(lambda: [_readme(languages)])),
        *((f"everything.{language}.html", _text(_document(citizen, key, language))) for language in languages),
        ("person.json", _json(lambda: parts.person(citizen, key))),
        ("preferences.json", _json(lambda: parts.preferences(citizen))),
        ("vault.json", _json_list(lambda: parts.vault(citizen))),
        ("files.json", _json_list(lambda: parts.files(citizen, key))),
        ("files", _files(citizen, key)),
        ("uploads.json", _json_list(lambda: parts.uploads(citizen, key))),
        ("consents.json", _json_list(lambda: parts.consents(citizen))),
        ("receipts", _receipts(citizen)),
        ("mandates.json", _json_list(lambda: parts.mandates(citizen))),
        ("requests.json", _json_list(lambda: parts.requests(citizen))),
        ("mails.json", _json_list(lambda: parts.mails(citizen))),
        ("contests.json", _json_list(lambda: parts.contests(citizen))),
        ("timeline.json", _json_list(lambda: parts.timeline(citizen))),
    ]


def _text(pieces: Callable[[], Iterable[str]]) -> Writer:
    def write(archive: zipfile.ZipFile, name: str) -> None:
        with archive.open(name, "w", force_zip64=True) as file:
            for piece in pieces():
                file.write(piece.encode())

    return write


def _json(content: Callable[[], Any]) -> Writer:
    return _text(lambda: [_dump(content())])


def _json_list(rows: Callable[[], Iterable[Any]]) -> Writer:
    """Write a JSON array row by row: a long timeline never stands in memory as a whole."""

    def pieces() -> Iterator[str]:
        before = "[\n"
        for row in rows():
            yield before + _dump(row)
            before = ",\n"
        yield "[]\n" if before == "[\n" else "\n]\n"

    return _text(pieces)


def _receipts(citizen: Citizen) -> Writer:
    def write(archive: zipfile.ZipFile, name: str) -> None:
        for change in parts.changes(citizen):
            archive.writestr(f"{name}/{change.pk}.jws", signed_receipt(receipt_record(change)))

    return write


def _files(citizen: Citizen, key: bytes) -> Writer:
    def write(archive: zipfile.ZipFile, name: str) -> None:
        for said in parts.files(citizen, key):
            if said["path"] is not None:
                # Films and pictures do not get smaller.
                info = zipfile.ZipInfo(said["path"], date_time=time.localtime()[:6])
                with open_vault_file(citizen, UUID(said["id"])) as reader, archive.open(info, "w") as target:
                    shutil.copyfileobj(reader, target, _PIECE)

    return write


def _document(citizen: Citizen, key: bytes, language: str) -> Callable[[], Iterator[str]]:
    return lambda: document(citizen, key=key, language=language)


def _readme(languages: tuple[str, ...]) -> str:
    said = []
    for language in languages:
        with override(language):
            said.append(render_to_string("sharing/export_readme.txt", {"languages": languages}))
    return "\n".join(said)


def _dump(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)
