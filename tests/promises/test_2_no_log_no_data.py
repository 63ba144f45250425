"""The entry of an access is durable before the first byte leaves; without it there is no access."""

import json
from uuid import UUID

import psycopg
import pytest
from django.test import Client as Browser

from audit.models import LoggedEntry
from consent.models import Consent
from sharing.models import Release
from tests.api import token_for
from tests.cast import ANNA_INCOME, BRAM_BSN, Cast
from tests.conftest import TestDatabase

TABLES = ["audit_entry", "audit_record", "audit_pending"]


@pytest.fixture
def headers(committed_cast: Cast) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_for(committed_cast.municipal_system)}", "Idempotency-Key": "key-1"}


def ask_release(request_id: UUID, headers: dict[str, str]) -> tuple[int, bytes]:
    answer = Browser(raise_request_exception=False).post(
        "/api/v1/releases", {"requestId": str(request_id)}, content_type="application/json", headers=headers
    )
    return answer.status_code, answer.content


@pytest.mark.parametrize("table", TABLES)
def test_a_log_that_cannot_be_written_releases_nothing(
    committed_cast: Cast, database: TestDatabase, headers: dict[str, str], table: str
) -> None:
    consent = committed_cast.grant(uses=1)
    request = committed_cast.ask()
    with database.connect() as owner:
        owner.execute(f"REVOKE INSERT ON {table} FROM deelwijs_app")
    status, body = ask_release(request.pk, headers)
    assert status == 503
    assert str(ANNA_INCOME).encode() not in body
    assert json.loads(body)["code"] == "log-not-writable"
    consent.refresh_from_db()
    assert consent.uses_taken == 0
    assert not Release.objects.exists()
    with database.connect() as owner:
        owner.execute(f"GRANT INSERT ON {table} TO deelwijs_app")
    status, body = ask_release(request.pk, headers)
    assert status == 201
    assert str(ANNA_INCOME).encode() in body


def test_a_refusal_that_cannot_be_logged_is_not_told(
    committed_cast: Cast, database: TestDatabase, headers: dict[str, str]
) -> None:
    request = committed_cast.ask(bsn=BRAM_BSN)
    with database.connect() as owner:
        owner.execute("REVOKE INSERT ON audit_record FROM deelwijs_app")
    status, body = ask_release(request.pk, headers)
    assert status == 503
    assert b"verdicts" not in body


def test_the_entry_is_committed_when_the_answer_leaves(
    committed_cast: Cast, owner_connection: "psycopg.Connection[tuple[UUID]]", headers: dict[str, str]
) -> None:
    committed_cast.grant()
    status, body = ask_release(committed_cast.ask().pk, headers)
    assert status == 201
    entry_id = json.loads(body)["entry"]["id"]
    assert owner_connection.execute("SELECT id FROM audit_entry WHERE id = %s", [entry_id]).fetchone()


def test_a_grant_and_a_withdrawal_that_cannot_be_logged_do_not_happen(
    committed_cast: Cast, database: TestDatabase
) -> None:
    consent = committed_cast.grant()
    browser = Browser(raise_request_exception=False)
    browser.force_login(committed_cast.anna.account)
    with database.connect() as owner:
        owner.execute("REVOKE INSERT ON audit_entry FROM deelwijs_app")
    answer = browser.post(f"/api/v1/consents/{consent.pk}/withdrawals", {}, content_type="application/json")
    assert answer.status_code == 503
    assert Consent.objects.get(pk=consent.pk).state == "given"


def test_what_the_caller_is_told_of_an_unknown_request_is_logged(committed_cast: Cast, headers: dict[str, str]) -> None:
    before = LoggedEntry.objects.count()
    status, _body = ask_release(committed_cast.anna.pk, headers)
    assert status == 404
    assert LoggedEntry.objects.count() == before + 1


def test_malformed_input_leaves_no_entry(committed_cast: Cast, headers: dict[str, str]) -> None:
    before = LoggedEntry.objects.count()
    answer = Browser(raise_request_exception=False).post(
        "/api/v1/releases", "{", content_type="application/json", headers=headers
    )
    assert answer.status_code == 400
    assert LoggedEntry.objects.count() == before
