"""Each kind of file says what the log says, in the words of its own readers."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker
from uuid_utils.compat import uuid7

from audit.entry import commit_to_entry
from audit.export.columns import COLUMNS
from audit.export.nen7513 import NEN7513_COLUMNS
from audit.models import Deferral, LoggedEntry, Record
from audit.services.append import append_entry
from audit.tree.merkle import hash_leaf
from tests.audit.conftest import LookAs
from tests.audit.exporting import made
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, an_entry, append

VERSION = UUID("01933b6e-0000-7000-8000-000000000007")
CONSENT = UUID("01933b6e-0000-7000-8000-000000000008")
RELEASE = UUID("01933b6e-0000-7000-8000-000000000009")
AT = datetime(2026, 3, 29, 0, 30, 15, 123456, UTC)

VERDICT = {"code": "uses", "holds": False, "params": {"left": 0}}


@pytest.fixture(autouse=True)
def _one_full_entry(db: None, look_as: LookAs) -> None:
    append_entry(
        an_entry(
            at=AT,
            outcome="refused",
            reason="uses",
            department='=HYPERLINK("https://evil.example")',
            purpose_version=VERSION,
            consent=CONSENT,
            consent_version=3,
            release=RELEASE,
            case="@SUM(1+1)",
            fields=("income#/amount", "income#/year"),
            verdicts=(VERDICT,),
            legal_basis="consent",
            override=True,
            details={"note": "één\u2028twee"},
        )
    )


def lines(kind: str) -> list[dict[str, str]]:
    text = made(kind).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


class TestCsv:
    def test_every_column_of_an_entry(self) -> None:
        (line,) = lines("csv")
        assert list(line) == [column.name for column in COLUMNS]
        assert line["at"] == "2026-03-29T00:30:15.123456Z"
        assert (line["place"], line["outcome"], line["override"]) == ("", "refused", "true")
        assert (line["organisation_name"], line["role_title"]) == ("Almere", "case worker")
        assert line["purpose_title"] == f"Title {VERSION.int % 100}"
        assert line["processing_activity"] == f"https://register.example/{VERSION}"
        assert line["fields"] == "income#/amount | income#/year"
        assert line["field_titles"] == "Income | income#/year"
        assert json.loads(line["verdicts"]) == VERDICT
        assert line["verdict_sentences"] == line["reason_sentence"] == "uses in en"
        assert json.loads(line["details"]) == {"note": "één\u2028twee"}
        assert (line["consent"], line["consent_version"]) == (str(CONSENT), "3")

    def test_no_cell_is_calculated(self) -> None:
        append(1, subject=BRAM, department="+1", case="\ttab", role="-2")
        for line in lines("csv"):
            for name, cell in line.items():
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), f"{name}: {cell}"

    def test_it_begins_with_the_mark_that_spreadsheets_need(self) -> None:
        assert made("csv").startswith(b"\xef\xbb\xbfentry,place,at,")


class TestJsonLines:
    def test_each_line_gives_the_leaf_of_its_entry(self) -> None:
        append(2)
        found = made("jsonl").splitlines()
        assert len(found) == 3
        for line in found:
            said = json.loads(line)
            record = Record.objects.get(pk=said["entry"]["id"])
            assert bytes(record.canonical) in line
            commitment = commit_to_entry(bytes.fromhex(said["salt"]), bytes(record.canonical))
            assert commitment == bytes(LoggedEntry.objects.get(pk=record.pk).commitment)
            assert len(hash_leaf(commitment)) == sha256().digest_size


class TestParquet:
    def test_columns_have_types(self) -> None:
        append(2, at=AT + timedelta(seconds=1))
        file = pq.ParquetFile(io.BytesIO(made("parquet")))
        types = {field.name: field.type for field in file.schema_arrow}
        assert list(types) == [column.name for column in COLUMNS]
        assert types["at"] == pa.timestamp("us", tz="UTC")
        assert (types["place"], types["override"]) == (pa.int64(), pa.bool_())
        assert types["fields"] == pa.list_(pa.string()) or str(types["fields"]).startswith("list<")
        rows = file.read().to_pylist()
        assert [row["at"] for row in rows] == [AT, AT + timedelta(seconds=1), AT + timedelta(seconds=1)]
        assert rows[0]["fields"] == ["income#/amount", "income#/year"]
        assert rows[0]["override"] is True
        assert rows[0]["place"] is rows[1]["consent_version"] is None

    def test_a_batch_is_a_row_group(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("audit.services.export.BATCH", 2)
        append(4)
        metadata = pq.ParquetFile(io.BytesIO(made("parquet"))).metadata
        assert [metadata.row_group(one).num_rows for one in range(metadata.num_row_groups)] == [2, 2, 1]


class TestNen7513:
    def test_every_field_of_the_standard_has_a_column(self) -> None:
        (line,) = lines("nen7513")
        assert list(line) == [column.name for column in NEN7513_COLUMNS]
        assert (
            line
            | {
                "EventActionCode": "E",
                "EventDateTime": "2026-03-29T00:30:15.123456Z",
                "EventOutcomeIndicator": "4",
                "EventTypeCode": "test.happened",
                "userName": "",
                "networkAccessPointID": "",
                "roleIDCode": "requester",
                "participantObjectID": ANNA,
                "participantObjectDetail": "income#/amount | income#/year",
                "AuditEnterpriseSiteID": MUNICIPALITY,
                "AuditSourceID": "deelwijs.example/log",
                "toestemmingsProfiel": f"{CONSENT}/3",
                "controles": "uses=fails",
            }
            == line
        )
        record = Record.objects.filter(at=AT).get()
        assert line["userID"] == json.loads(bytes(record.canonical))["user"]
        assert b"Daan" not in made("nen7513")

    def test_what_was_read_and_what_was_removed_differ(self) -> None:
        append(1, action="audit.log-read", at=AT + timedelta(days=1))
        assert [line["EventActionCode"] for line in lines("nen7513")][:2] == ["E", "R"]


# From the field lists of the standard's OpenAPI 0.9.0, VerwerkingsactieUitgebreid; written anew as JSON Schema.
_NAAM = {"type": "string", "maxLength": 242}
_UUID = {"type": "string", "format": "uuid"}
_URL = {"type": "string", "format": "uri", "minLength": 1, "maxLength": 2042}
VNG = {
    "type": "object",
    "required": ["url", "actieId", "vertrouwelijkheid", "tijdstip", "tijdstipRegistratie", "verwerkteObjecten"],
    "additionalProperties": False,
    "properties": {
        "url": _URL,
        "actieId": _UUID,
        "actieNaam": _NAAM,
        "handelingNaam": _NAAM,
        "verwerkingNaam": _NAAM,
        "verwerkingId": _UUID,
        "verwerkingsactiviteitId": _UUID,
        "verwerkingsactiviteitUrl": _URL,
        "vertrouwelijkheid": {"enum": ["normaal", "vertrouwelijk", "opgeheven"]},
        "bewaartermijn": {"type": "string", "format": "duration"},
        "uitvoerder": {"type": "string", "pattern": "^[0-9]{20}$"},
        "systeem": _NAAM,
        "gebruiker": {"type": "string", "maxLength": 40},
        "gegevensbron": _NAAM,
        "soortAfnemerId": _NAAM,
        "afnemerId": {"type": "string", "maxLength": 40},
        "tijdstip": {"type": "string", "format": "date-time"},
        "tijdstipRegistratie": {"type": "string", "format": "date-time"},
        "verwerkteObjecten": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["url", "verwerktObjectId", "objecttype", "soortObjectId", "objectId"],
                "additionalProperties": False,
                "properties": {
                    "url": _URL,
                    "verwerktObjectId": _UUID,
                    "objecttype": {"const": "persoon"},
                    "soortObjectId": _NAAM,
                    "objectId": {"type": "string", "maxLength": 40},
                    "betrokkenheid": _NAAM,
                    "verwerkteSoortenGegevens": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["soortGegeven"],
                            "additionalProperties": False,
                            "properties": {"soortGegeven": _NAAM},
                        },
                    },
                },
            },
        },
    },
}


class TestVng:
    def read(self) -> list[dict[str, Any]]:
        document = json.loads(made("vng"))
        assert document.keys() == {"results", "next", "previous", "count"}
        assert document["count"] == len(document["results"])
        validator = Draft202012Validator(VNG, format_checker=FormatChecker())
        for action in document["results"]:
            validator.validate(action)
        results: list[dict[str, Any]] = document["results"]
        return results

    def test_an_access_is_a_verwerkingsactie(self) -> None:
        (action,) = self.read()
        record = Record.objects.get(at=AT)
        assert action["actieId"] == str(record.pk)
        assert action["url"] == f"https://deelwijs.example/api/v1/entries/{record.pk}"
        assert (action["uitvoerder"], action["afnemerId"]) == (MUNICIPALITY, MUNICIPALITY)
        assert action["verwerkingId"] == str(CONSENT)
        assert action["verwerkingsactiviteitUrl"] == f"https://register.example/{VERSION}"
        assert (action["tijdstip"], action["vertrouwelijkheid"]) == ("2026-03-29T00:30:15.123Z", "normaal")
        (concerned,) = action["verwerkteObjecten"]
        assert concerned["objectId"] == ANNA[:40]
        assert [one["soortGegeven"] for one in concerned["verwerkteSoortenGegevens"]] == ["Income", "income#/year"]
        assert not {"gebruiker"} & set(action)

    def test_what_is_about_nobody_has_no_object(self) -> None:
        append(1, subject="", purpose="", fields=())
        assert self.read()[1]["verwerkteObjecten"] == []

    def test_what_is_kept_from_its_citizen_is_confidential_until_its_day(self) -> None:
        now = timezone.now()
        for until in (now + timedelta(days=1), now - timedelta(days=1)):
            text = until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            deferral = Deferral.objects.create(
                id=uuid7(),
                organisation=MUNICIPALITY,
                case=text,
                ground="supervision",
                reason="x",
                author="a",
                approver="b",
                state="approved",
                asked_at=now - timedelta(days=2),
                until=until,
            )
            append(1, details={"keptBack": {"by": str(deferral.pk), "until": text}})
        assert [one["vertrouwelijkheid"] for one in self.read()] == ["normaal", "vertrouwelijk", "opgeheven"]
