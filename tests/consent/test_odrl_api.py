"""Taking terms along as ODRL, and answering with a policy; and the page that explains the profile."""

import json
from typing import Any

import pytest
from django.test import Client as Browser

from consent.models import Consent
from tests.api import token_for
from tests.cast import Cast
from tests.pages import nothing_written, queries_of, signed_in, text_of


def exported(browser: Browser, consent: Consent, **headers: Any) -> Any:
    return browser.get(f"/api/v1/consents/{consent.pk}/odrl", headers=headers)


def grant(cast: Cast, browser: Browser, **members: Any) -> Any:
    body = {"purposeVersionId": str(cast.energy.pk), "language": "nl", "noticeHash": cast.energy.notice_hashes["nl"]}
    return browser.post("/api/v1/consents", {**body, **members}, content_type="application/json")


def test_a_citizen_takes_terms_along_and_answers_with_them_again(cast: Cast) -> None:
    anna = signed_in(cast.anna.account)
    terms = cast.terms(uses=2, usesPerPeriod={"limit": 1, "period": "day"}, askMe=True, keep={"days": 14})
    consent = cast.grant(terms=terms)
    answer = exported(anna, consent)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/ld+json"
    policy = answer.json()
    assert policy["assigner"].endswith(consent.pseudonym)
    assert str(cast.anna.pk) not in json.dumps(policy)
    anna.post(f"/api/v1/consents/{consent.pk}/withdrawals", {}, content_type="application/json")
    again = grant(cast, anna, odrl=policy)
    assert again.status_code == 201, again.content
    assert again.json()["terms"] == consent.conditions
    assert again.json()["id"] != str(consent.pk)


def test_the_organisation_reads_what_it_was_given_and_others_find_nothing(cast: Cast) -> None:
    consent = cast.grant()
    token = token_for(cast.municipal_system)
    assert exported(Browser(), consent, authorization=f"Bearer {token}").status_code == 200
    assert exported(Browser(), consent, authorization=f"Bearer {token_for(cast.police_system)}").status_code == 404
    assert exported(signed_in(cast.bram.account), consent).status_code == 404
    assert exported(Browser(), consent).status_code == 401


def test_a_question_has_no_terms_yet(cast: Cast) -> None:
    cast.ask()
    assert exported(signed_in(cast.anna.account), Consent.objects.get()).status_code == 404


def test_what_cannot_be_enforced_is_refused_and_nothing_is_written(cast: Cast) -> None:
    anna = signed_in(cast.anna.account)
    policy = exported(anna, cast.grant()).json()
    policy["permission"][0]["constraint"].append({"leftOperand": "payAmount", "operator": "eq", "rightOperand": 5})
    policy["prohibition"] = []
    with nothing_written():
        refused = grant(cast, anna, odrl=policy)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/odrl/prohibition"]
    del policy["prohibition"]
    with nothing_written():
        refused = grant(cast, anna, odrl=policy)
    assert {(error["pointer"], error["code"]) for error in refused.json()["errors"]} == {
        ("/odrl/permission/0/constraint/4", "not-enforceable")
    }


def test_a_policy_that_is_wider_than_the_purpose_is_refused(cast: Cast) -> None:
    anna = signed_in(cast.anna.account)
    policy = exported(anna, cast.grant()).json()
    policy["permission"][0]["target"].append("dw:field/income%23%2Fshoesize")
    with nothing_written():
        refused = grant(cast, anna, odrl=policy)
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/terms/fields", "field-outside-purpose")
    ]


@pytest.mark.parametrize("both", [True, False])
def test_terms_or_a_policy_and_not_both_or_neither(cast: Cast, both: bool) -> None:
    anna = signed_in(cast.anna.account)
    members = {"terms": cast.terms(), "odrl": {"uid": "urn:uuid:1"}} if both else {}
    with nothing_written():
        refused = grant(cast, anna, **members)
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/terms"]


def test_the_profile_is_a_page_for_people(cast: Cast) -> None:
    browser = Browser(headers={"accept-language": "en"})
    page = browser.get("/ns/odrl", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.status_code == 200
    assert "Conditions in ODRL" in text_of(page)
    assert "dw:window" in text_of(page)
    assert "Accept" in page["Vary"]
    assert queries_of(browser, "/ns/odrl") <= 1


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/ns/odrl", "application/ld+json"), ("/ns/odrl", "application/json"), ("/ns/odrl.jsonld", "text/html")],
)
def test_the_profile_is_linked_data_for_programs(db: None, path: str, accept: str) -> None:
    answer = Browser().get(path, headers={"accept": accept})
    assert answer["Content-Type"] == "application/ld+json"
    assert "dw:window" in {one["@id"] for one in json.loads(answer.content)["@graph"]}
    assert Browser().post(path).status_code == 405
