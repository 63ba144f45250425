"""Pausing, narrowing, renewing, postponing and looking back, by the API."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone

from audit.models import LoggedEntry
from consent.lifecycle import State
from consent.models import Consent
from tests.api import token_for
from tests.cast import SIZE, Cast

DEEDS = ("pauses", "resumptions", "narrowings", "renewals", "postponements", "offers", "offer-withdrawals")


@pytest.fixture
def anna(cast: Cast) -> Browser:
    return signed_in(cast.anna.account)


def signed_in(account: Any) -> Browser:
    browser = Browser()
    browser.force_login(account)
    return browser


def post(browser: Browser, path: str, body: Any) -> Any:
    return browser.post(f"/api/v1/{path}", body, content_type="application/json")


def bodies(cast: Cast) -> dict[str, Any]:
    """Return a body that each deed takes, for a consent of version 1."""
    text = {"language": "nl", "noticeHash": cast.energy.notice_hashes["nl"]}
    until = (timezone.now() + timedelta(days=20)).isoformat()
    return {
        "pauses": {},
        "resumptions": {},
        "narrowings": {"version": 1, "terms": cast.terms(fields=[SIZE], uses=1)},
        "renewals": {"version": 1, "validUntil": until, **text},
        "postponements": {"until": until},
        "offers": {"terms": cast.terms(uses=1), **text},
        "offer-withdrawals": {},
    }


def test_a_consent_is_paused_narrowed_renewed_and_resumed(cast: Cast, anna: Browser) -> None:
    consent = cast.grant(uses=5)
    path = f"consents/{consent.pk}"
    paused = post(anna, f"{path}/pauses", {})
    assert (paused.status_code, paused.json()["state"]) == (201, "paused")
    assert paused.json()["pausedAt"]
    terms = {**consent.conditions, "fields": [SIZE], "uses": 3}
    narrowed = post(anna, f"{path}/narrowings", {"version": 2, "terms": terms})
    assert (narrowed.status_code, narrowed.json()["usesLeft"], narrowed.json()["terms"]["fields"]) == (201, 3, [SIZE])
    renewal = {**bodies(cast)["renewals"], "version": 3, "moreUses": 7}
    renewed = post(anna, f"{path}/renewals", renewal)
    assert (renewed.status_code, renewed.json()["usesLeft"]) == (201, 7)
    assert post(anna, f"{path}/resumptions", {}).json()["state"] == "given"
    changes = anna.get(f"/api/v1/{path}/changes").json()["results"]
    assert [change["event"] for change in changes] == ["resume", "renew", "narrow", "pause", "grant"]
    assert changes[-1]["terms"]["uses"] == 5
    assert changes[-1]["noticeHash"] == cast.energy.notice_hashes["nl"]


def test_a_question_is_put_off(cast: Cast, anna: Browser) -> None:
    cast.ask()
    question = Consent.objects.get()
    answer = post(anna, f"consents/{question.pk}/postponements", {})
    assert (answer.status_code, answer.json()["state"]) == (201, "requested")
    assert answer.json()["postponedUntil"]


def test_a_yes_takes_the_place_of_the_one_before(cast: Cast, anna: Browser) -> None:
    old = cast.grant()
    body = {
        "purposeVersionId": str(cast.energy.pk),
        "language": "nl",
        "noticeHash": cast.energy.notice_hashes["nl"],
        "terms": cast.terms(uses=2),
    }
    assert post(anna, "consents", body).json()["code"] == "already-granted"
    answer = post(anna, "consents", {**body, "replaces": str(old.pk)})
    assert answer.status_code == 201
    old.refresh_from_db()
    assert old.state == State.REPLACED


def test_a_stale_version_is_a_conflict(cast: Cast, anna: Browser) -> None:
    consent = cast.grant(uses=5)
    for deed in ("narrowings", "renewals"):
        body = {**bodies(cast)[deed], "version": 9}
        if deed == "narrowings":
            body["terms"] = {**consent.conditions, "uses": 1}
        answer = post(anna, f"consents/{consent.pk}/{deed}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "consent-changed")
    consent.refresh_from_db()
    assert consent.version == 1


def test_a_wider_narrowing_names_the_term(cast: Cast, anna: Browser) -> None:
    consent = cast.grant(uses=5)
    body = {"version": 1, "terms": {**consent.conditions, "uses": 6}}
    answer = post(anna, f"consents/{consent.pk}/narrowings", body)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/terms/uses"]


@pytest.mark.parametrize("deed", DEEDS)
def test_the_consent_of_another_is_not_there(cast: Cast, deed: str) -> None:
    consent = cast.grant(uses=5)
    bram = signed_in(cast.bram.account)
    body = bodies(cast)[deed]
    foreign, unknown = (post(bram, f"consents/{one}/{deed}", body) for one in (consent.pk, uuid4()))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["code"] == unknown.json()["code"] == "consent-not-found"
    assert bram.get(f"/api/v1/consents/{consent.pk}/changes").status_code == 404
    consent.refresh_from_db()
    assert consent.version == 1


@pytest.mark.parametrize("deed", DEEDS)
def test_looking_changes_nothing(cast: Cast, anna: Browser, deed: str) -> None:
    consent = cast.grant()
    answer = anna.get(f"/api/v1/consents/{consent.pk}/{deed}")
    assert answer.status_code == (200 if deed == "offers" else 405)
    consent.refresh_from_db()
    assert consent.version == 1


@pytest.mark.parametrize("deed", DEEDS)
def test_an_unknown_member_is_refused_and_nothing_is_written(cast: Cast, anna: Browser, deed: str) -> None:
    consent = cast.grant()
    before = LoggedEntry.objects.count()
    answer = post(anna, f"consents/{consent.pk}/{deed}", {**bodies(cast)[deed], "colour": "red"})
    assert answer.status_code == 400
    assert "/colour" in {error["pointer"] for error in answer.json()["errors"]}
    assert LoggedEntry.objects.count() == before


@pytest.mark.parametrize("deed", DEEDS)
def test_a_system_changes_nothing_of_a_citizen(cast: Cast, deed: str) -> None:
    consent = cast.grant()
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}
    answer = Browser().post(
        f"/api/v1/consents/{consent.pk}/{deed}", bodies(cast)[deed], content_type="application/json", headers=headers
    )
    assert answer.status_code == 403


def test_the_history_takes_as_many_statements_for_ten_as_for_one(
    cast: Cast, anna: Browser, django_assert_max_num_queries: Any
) -> None:
    consent = cast.grant()
    for _ in range(5):
        post(anna, f"consents/{consent.pk}/pauses", {})
        post(anna, f"consents/{consent.pk}/resumptions", {})
    with django_assert_max_num_queries(6):
        assert len(anna.get(f"/api/v1/consents/{consent.pk}/changes").json()["results"]) == 11
