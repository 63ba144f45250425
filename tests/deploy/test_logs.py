"""The service's own log: one JSON object a line, no citizen service number, no forged line."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from deploy.logs import CONTROL_CHARACTERS, REMOVED, clean
from tests.cast import ANNA_BSN


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What goes to standard output, through the formatter that the settings configure."""
    handler = next(handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    stream = StringIO()
    before = handler.setStream(stream)
    yield stream
    if before is not None:
        handler.setStream(before)


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        ANNA_BSN,
        f"bsn={ANNA_BSN}",
        f"x{ANNA_BSN}y",
        "9999.90.342",
        "999 990 342",
        {"subject": {"bsn": ANNA_BSN}},
        [int(ANNA_BSN)],
        ValueError(f"{ANNA_BSN} is unknown"),
        {ANNA_BSN: 1},
    ],
)
def test_a_bsn_never_reaches_the_log(written: StringIO, text: Any) -> None:
    structlog.get_logger("test").warning("canary", value=text)
    logging.getLogger("test").warning("canary %s", text)
    assert len(lines(written)) == 2
    assert "99990342" not in "".join(character for character in written.getvalue() if character.isdigit())
    assert REMOVED in written.getvalue()


@pytest.mark.parametrize("text", ["999990343", "12345678901234567890", "2026-11-22T21:43:00.123456Z", 1_700_000_000])
def test_other_numbers_stay(text: str | int) -> None:
    assert clean(text) == text


def test_ids_stay() -> None:
    for identifier in ("a999990342b16cd43dd8448eb211c803", "a999990342b16cd4", "01a20539-e7ab-75b1-9518-a999990342ab"):
        assert clean(identifier) == identifier


def test_a_line_cannot_be_forged(written: StringIO) -> None:
    """OWASP ASVS 5.0 V16.4.1."""
    structlog.get_logger("test").info("sign-in", name='eve\r\n{"event": "sign-in", "name": "admin"}\x1b[2K\u2028')
    (line,) = lines(written)
    assert line["event"] == "sign-in"
    assert "\x1b" not in written.getvalue()
    assert "\u2028" not in written.getvalue()


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.dictionaries(st.text(), inner)))
def test_what_is_cleaned_has_no_control_character(value: Any) -> None:
    assert not CONTROL_CHARACTERS.search(json.dumps(clean(value), ensure_ascii=False))


def test_an_exception_says_no_row_and_no_local(written: StringIO) -> None:
    """PostgreSQL's second line repeats the row; a frame's locals would too."""
    secret = "Anna de Vries"
    try:
        raise IntegrityError(f'duplicate key value violates "name"\nDETAIL:  Failing row contains ({secret}).')
    except IntegrityError:
        structlog.get_logger("test").exception("failed")
    (line,) = lines(written)
    assert line["exception"][0]["exc_value"] == 'duplicate key value violates "name"'
    assert secret not in written.getvalue()


def test_a_request_is_logged_by_its_pattern(client: Client, db: None, written: StringIO) -> None:
    client.get(f"/api/v1/purposes/{ANNA_BSN}?bsn={ANNA_BSN}")
    (line,) = [line for line in lines(written) if line["event"] == "request"]
    assert line["route"] == "api/v1/purposes/<slug:slug>"
    assert line["status"] in {401, 404}
    assert len(line["trace_id"]) == 32
    assert "99999" not in written.getvalue()


def test_a_refused_form_is_logged_without_what_its_sender_chose(db: None, written: StringIO) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.post("/sign-in/chosen-path", headers={"Origin": "https://chosen-origin.example"})
    strict.post("/sign-out/", headers={"Origin": "https://chosen-origin.example"})
    assert "chosen" not in written.getvalue()
    assert {line["reason"] for line in lines(written) if line["event"] == "form refused"} == {"Origin checking failed"}


def test_the_level_is_a_setting() -> None:
    assert logging.getLogger().level == logging.getLevelName(settings.LOG_LEVEL)
