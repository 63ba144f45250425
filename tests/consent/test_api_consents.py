from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from audit.models import LoggedEntry
from consent.lifecycle import State
from consent.models import Consent
from consent.services.purposes import retire_purpose
from tests.api import token_for
from tests.cast import SIZE, Cast


@pytest.fixture
def anna(cast: Cast) -> Browser:
    return signed_in(cast.anna.account)


def signed_in(account: Any) -> Browser:
    browser = Browser()
    browser.force_login(account)
    return browser


def grant_body(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "purposeVersionId": str(cast.energy.pk),
        "language": "nl",
        "noticeHash": cast.energy.notice_hashes["nl"],
        "terms": cast.terms(uses=2),
        **changes,
    }


def post(browser: Browser, path: str, body: Any) -> Any:
    return browser.post(f"/api/v1/{path}", body, content_type="application/json")


def test_a_citizen_grants_reads_and_withdraws(cast: Cast, anna: Browser) -> None:
    granted = post(anna, "consents", grant_body(cast))
    assert granted.status_code == 201
    consent = granted.json()
    assert (consent["state"], consent["usesLeft"]) == ("given", 2)
    assert "pseudonym" not in consent
    assert [one["id"] for one in anna.get("/api/v1/consents").json()["results"]] == [consent["id"]]
    withdrawn = post(anna, f"consents/{consent['id']}/withdrawals", {})
    assert withdrawn.status_code == 201
    assert withdrawn.json()["state"] == "withdrawn"
    assert anna.get(f"/api/v1/consents/{consent['id']}").json()["state"] == "withdrawn"


def test_a_citizen_says_no(cast: Cast, anna: Browser) -> None:
    cast.ask()
    (question,) = anna.get("/api/v1/consents").json()["results"]
    assert question["state"] == "requested"
    assert post(anna, f"consents/{question['id']}/refusals", {}).json()["state"] == "refused"


@pytest.mark.parametrize("deed", ["withdrawals", "refusals"])
def test_the_consent_of_another_is_not_there(cast: Cast, deed: str) -> None:
    consent = cast.grant()
    bram = signed_in(cast.bram.account)
    foreign, unknown = (post(bram, f"consents/{one}/{deed}", {}) for one in (consent.pk, uuid4()))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["code"] == unknown.json()["code"] == "consent-not-found"
    assert bram.get(f"/api/v1/consents/{consent.pk}").status_code == 404
    assert bram.get("/api/v1/consents").json()["results"] == []
    consent.refresh_from_db()
    assert consent.state == State.GIVEN


def test_an_organisation_sees_what_it_was_given_under_a_pseudonym(cast: Cast) -> None:
    consent = cast.grant()
    cast.ask(bsn="999993653")  # Bram is asked, and says nothing
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}
    (seen,) = Browser().get("/api/v1/consents", headers=headers).json()["results"]
    assert (seen["id"], seen["pseudonym"]) == (str(consent.pk), consent.pseudonym)
    other = {"authorization": f"Bearer {token_for(cast.police_system)}"}
    assert Browser().get("/api/v1/consents", headers=other).json()["results"] == []
    assert Browser().get(f"/api/v1/consents/{consent.pk}", headers=other).status_code == 404


@pytest.mark.parametrize("who", ["daan", "gijs", "hanna"])
def test_staff_cannot_grant(cast: Cast, who: str) -> None:
    answer = post(signed_in(getattr(cast, who).account), "consents", grant_body(cast))
    assert answer.status_code == 403
    assert not Consent.objects.exists()


def test_a_system_cannot_withdraw(cast: Cast) -> None:
    consent = cast.grant()
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}
    answer = Browser().post(
        f"/api/v1/consents/{consent.pk}/withdrawals", {}, content_type="application/json", headers=headers
    )
    assert answer.status_code == 403


def test_a_session_needs_the_forms_own_token(cast: Cast) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(cast.anna.account)
    answer = post(browser, "consents", grant_body(cast))
    assert answer.status_code == 403
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"terms": {}}, {"/terms/validUntil", "/terms/fields", "/terms/recipients"}),
        ({"language": "fr"}, {"/language"}),
        ({"noticeHash": "x"}, {"/noticeHash"}),
        ({"purposeVersionId": "x", "noticeHash": "y"}, {"/purposeVersionId", "/noticeHash"}),
        ({"state": "given"}, {"/state"}),
        ({"terms": "all"}, {"/terms"}),
    ],
)
def test_every_fault_is_named_and_nothing_is_written(
    cast: Cast, anna: Browser, change: dict[str, Any], pointers: set[str]
) -> None:
    before = LoggedEntry.objects.count()
    answer = post(anna, "consents", grant_body(cast, **change))
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers
    assert not Consent.objects.exists()
    assert LoggedEntry.objects.count() == before


def test_a_retired_purpose_takes_no_yes(cast: Cast, anna: Browser) -> None:
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    before = LoggedEntry.objects.count()
    answer = post(anna, "consents", grant_body(cast))
    assert (answer.status_code, answer.json()["code"]) == (400, "purpose-not-in-force")
    assert not Consent.objects.exists()
    assert LoggedEntry.objects.count() == before


def test_a_text_that_changed_meanwhile_is_a_conflict(cast: Cast, anna: Browser) -> None:
    answer = post(anna, "consents", grant_body(cast, noticeHash="0" * 64))
    assert (answer.status_code, answer.json()["code"]) == (409, "text-changed")


def test_looking_changes_nothing(cast: Cast, anna: Browser) -> None:
    consent = cast.grant()
    for deed in ("withdrawals", "refusals"):
        assert anna.get(f"/api/v1/consents/{consent.pk}/{deed}").status_code == 405
    consent.refresh_from_db()
    assert consent.state == State.GIVEN


def test_the_list_takes_as_many_statements_for_ten_as_for_one(
    cast: Cast, anna: Browser, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        consent = cast.grant(fields=[SIZE])
        post(anna, f"consents/{consent.pk}/withdrawals", {})
    with django_assert_max_num_queries(5):
        assert len(anna.get("/api/v1/consents").json()["results"]) == 10
