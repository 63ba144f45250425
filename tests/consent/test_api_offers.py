"""Counter-offers and the looks that a citizen allows, by the API."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.utils import timezone

from consent.models import Approval, Client, Consent, Offer
from consent.services.approval import ask_approval
from consent.services.offer import make_offer
from tests.api import token_for
from tests.cast import INCOME, SIZE, Cast


@pytest.fixture
def anna(cast: Cast) -> Browser:
    return signed_in(cast.anna.account)


@pytest.fixture
def offer(cast: Cast) -> Offer:
    cast.ask()
    return make_offer(
        citizen=cast.anna,
        consent_id=Consent.objects.get().pk,
        terms=cast.terms(fields=[INCOME], uses=1),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
    )


def signed_in(account: Any) -> Browser:
    browser = Browser()
    browser.force_login(account)
    return browser


def system(client: Client, **token: Any) -> Browser:
    return Browser(headers={"authorization": f"Bearer {token_for(client, **token)}"})


def post(browser: Browser, path: str, body: Any) -> Any:
    return browser.post(f"/api/v1/{path}", body, content_type="application/json")


def test_an_offer_is_made_seen_and_accepted(cast: Cast, anna: Browser) -> None:
    cast.ask()
    question = Consent.objects.get()
    body = {
        "language": "nl",
        "noticeHash": cast.energy.notice_hashes["nl"],
        "terms": cast.terms(fields=[INCOME], uses=1),
    }
    made = post(anna, f"consents/{question.pk}/offers", body)
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    municipality = system(cast.municipal_system)
    (seen,) = municipality.get("/api/v1/offers").json()["results"]
    assert (seen["id"], seen["terms"]["fields"]) == (made.json()["id"], [INCOME])
    assert not {"consentId", "pseudonym", "citizen"} & set(seen)
    accepted = post(municipality, f"offers/{seen['id']}/acceptances", {})
    assert (accepted.status_code, accepted.json()["state"]) == (201, "given")
    assert accepted.json()["terms"] == seen["terms"]
    assert accepted.json()["pseudonym"]
    assert anna.get(f"/api/v1/consents/{question.pk}/offers").json()["results"][0]["state"] == "accepted"


def test_an_offer_is_let_go(cast: Cast, offer: Offer) -> None:
    answer = post(system(cast.municipal_system), f"offers/{offer.pk}/dismissals", {})
    assert (answer.status_code, answer.json()["state"]) == (201, "let-go")


def test_what_was_taken_back_is_not_listed(cast: Cast, anna: Browser, offer: Offer) -> None:
    assert post(anna, f"consents/{offer.consent_id}/offer-withdrawals", {}).status_code == 201
    municipality = system(cast.municipal_system)
    assert municipality.get("/api/v1/offers").json()["results"] == []
    assert post(municipality, f"offers/{offer.pk}/acceptances", {}).status_code == 404


@pytest.mark.parametrize("deed", ["acceptances", "dismissals"])
def test_another_organisation_sees_no_offer(cast: Cast, offer: Offer, deed: str) -> None:
    police = system(cast.police_system)
    assert police.get("/api/v1/offers").json()["results"] == []
    foreign, unknown = (post(police, f"offers/{one}/{deed}", {}) for one in (offer.pk, uuid4()))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["code"] == unknown.json()["code"] == "offer-not-found"
    offer.refresh_from_db()
    assert offer.state == Offer.State.WAITING


@pytest.mark.parametrize("deed", ["acceptances", "dismissals"])
def test_an_answer_takes_the_scope_and_a_post(cast: Cast, offer: Offer, anna: Browser, deed: str) -> None:
    reader = system(cast.municipal_system, scopes="consents:read")
    assert post(reader, f"offers/{offer.pk}/{deed}", {}).status_code == 403
    assert post(anna, f"offers/{offer.pk}/{deed}", {}).status_code == 403
    assert system(cast.municipal_system).get(f"/api/v1/offers/{offer.pk}/{deed}").status_code == 405
    offer.refresh_from_db()
    assert offer.state == Offer.State.WAITING


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    cast: Cast, offer: Offer, django_assert_max_num_queries: Any
) -> None:
    municipality = system(cast.municipal_system)
    for _ in range(5):
        offer.pk = uuid4()
        offer.state, offer.answered_at = Offer.State.LET_GO, timezone.now()
        offer.save(force_insert=True)
    with django_assert_max_num_queries(3):
        assert len(municipality.get("/api/v1/offers").json()["results"]) == 6


def test_a_look_is_allowed(cast: Cast, anna: Browser) -> None:
    consent = cast.grant(askMe=True)
    asked = ask_approval(
        consent_id=consent.pk,
        request_id=uuid4(),
        fields=(SIZE,),
        case="Z-1",
        actor=cast.daan.as_actor(),
        at=timezone.now(),
    )
    assert asked is not None
    (seen,) = anna.get("/api/v1/approvals").json()["results"]
    assert (seen["id"], seen["state"], seen["fields"]) == (str(asked.pk), "waiting", [SIZE])
    assert post(anna, f"approvals/{asked.pk}/answers", {}).status_code == 400
    bram = signed_in(cast.bram.account)
    assert bram.get("/api/v1/approvals").json()["results"] == []
    assert post(bram, f"approvals/{asked.pk}/answers", {"allow": True}).json()["code"] == "approval-not-found"
    answer = post(anna, f"approvals/{asked.pk}/answers", {"allow": True})
    assert (answer.status_code, answer.json()["state"]) == (201, "allowed")
    assert anna.get(f"/api/v1/approvals/{asked.pk}/answers").status_code == 405
    asked.refresh_from_db()
    assert asked.state == Approval.State.ALLOWED
