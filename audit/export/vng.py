"""VNG Verwerkingenlogging API 0.9.0: the answer that its `GET /verwerkingsacties` gives, as a file.

A verwerkingsactie per entry, with the citizen as verwerkt object where it is about one. `objectId` has room for 40
characters, so it is the first 40 of the 64 of the pseudonym: 160 bits, still one person each. An employee
(`gebruiker`) is never named.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from django.conf import settings

from audit.export.row import Row, Sink
from audit.signing.promise import made_at

LONGEST_NAME = 242
LONGEST_ID = 40
SOORT_OBJECT_ID = "Deelwijs-logpseudoniem (eerste 40 tekens)"


class VngFile:
    """One JSON object with `results`, and `count` behind them, where it is known."""

    def __init__(self, sink: Sink, *, now: datetime) -> None:
        self._sink = sink
        self._now = now
        self._count = 0
        sink.write(b'{"results":[')

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            action = json.dumps(verwerkingsactie(row, now=self._now), ensure_ascii=False, separators=(",", ":"))
            self._sink.write((",\n" if self._count else "\n").encode() + action.encode())
            self._count += 1

    def end(self) -> None:
        self._sink.write(b'\n],"next":null,"previous":null,"count":%d}\n' % self._count)


def verwerkingsactie(row: Row, *, now: datetime) -> dict[str, Any]:
    """Return an entry as a VerwerkingsactieUitgebreid; what does not apply is left out, as the standard asks."""
    entry = row.entry
    said = {
        "url": _address(row),
        "actieId": str(entry.id),
        "actieNaam": _name(row.described.action_title),
        "handelingNaam": _name(entry.case),
        "verwerkingNaam": _name(row.described.purpose_title),
        "verwerkingId": _id(entry.request or entry.consent),
        "verwerkingsactiviteitId": _id(entry.purpose_version),
        "verwerkingsactiviteitUrl": row.activity,
        "vertrouwelijkheid": _confidentiality(row, now),
        "uitvoerder": entry.organisation,
        "systeem": f"Deelwijs {settings.API_VERSION}",
        "gegevensbron": _name(entry.source),
        "tijdstip": _time(entry.at),
        "tijdstipRegistratie": _time(made_at(entry.id)),
    }
    if entry.release and entry.organisation:
        # Data went to who acted: for a release the one who carries it out is the one who gets them.
        said |= {"soortAfnemerId": "OIN", "afnemerId": entry.organisation}
    return {name: value for name, value in said.items() if value} | {"verwerkteObjecten": _objects(row)}


def _objects(row: Row) -> list[dict[str, Any]]:
    entry = row.entry
    if not entry.subject:
        return []
    kinds = [{"soortGegeven": _name(field.title)} for field in row.described.fields]
    return [
        {
            "url": f"{_address(row)}#betrokkene",
            "verwerktObjectId": str(uuid5(entry.id, "betrokkene")),
            "objecttype": "persoon",
            "soortObjectId": SOORT_OBJECT_ID,
            "objectId": entry.subject[:LONGEST_ID],
            "betrokkenheid": "Betrokkene",
            **({"verwerkteSoortenGegevens": kinds} if kinds else {}),
        }
    ]


def _confidentiality(row: Row, now: datetime) -> str:
    """Tell whether the entry is kept from its citizen, was so, or never was."""
    kept_back = row.entry.details.get("keptBack")
    if not isinstance(kept_back, dict) or "until" not in kept_back:
        return "normaal"
    return "vertrouwelijk" if now < datetime.fromisoformat(kept_back["until"]) else "opgeheven"


def _address(row: Row) -> str:
    return f"{settings.SERVICE_ADDRESS}/api/v1/entries/{row.entry.id}"


def _name(text: object) -> str:
    return str(text)[:LONGEST_NAME]


def _id(value: object) -> str:
    return str(value or "")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
