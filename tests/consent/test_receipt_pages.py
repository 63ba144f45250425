"""The citizen's own receipts, on a page and as files; and what everybody needs to check one."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from consent.lifecycle import Event
from consent.models import Consent, ConsentChange
from consent.receipts.standalone_verifier import check_receipt, read_keys
from tests.api import token_for
from tests.cast import ANNA_BSN, ANNA_INCOME, Cast
from tests.consent.receipts import last_change, page_of, record_of
from tests.pages import nothing_written, queries_of, signed_in, text_of

FORMS = {
    "pdf": "application/pdf",
    "jws": "application/jose",
    "json": "application/ld+json",
    "kantara.json": "application/json",
}


@pytest.fixture
def consent(cast: Cast) -> Consent:
    return cast.grant(uses=3)


@pytest.fixture
def anna(cast: Cast) -> Client:
    return signed_in(cast.anna.account, headers={"Accept-Language": "en"})


def api_path(consent: Consent) -> str:
    return f"/api/v1/consents/{consent.pk}/changes/{last_change(consent).pk}/receipt"


def test_the_page_says_what_was_agreed_and_how_to_check_it(anna: Client, consent: Consent, cast: Cast) -> None:
    with nothing_written():
        answer = anna.get(page_of(consent))
    page = text_of(answer)
    assert answer.status_code == 200
    for said in (
        "Receipt: Energy allowance",
        "Gemeente Voorbeeldstad",
        "You yourself",
        "At most 3 times",
        "Version 1, in Dutch",
        cast.energy.notice_hashes["nl"],
        record_of(consent).pseudonym,
        f"python standalone_verifier.py receipt-{last_change(consent).pk}.jws --keys keys.json",
    ):
        assert said in page


def test_the_page_and_its_forms_never_hold_what_was_shared(anna: Client, consent: Consent) -> None:
    for address in (page_of(consent), *(f"{page_of(consent)}receipt.{form}" for form in FORMS if form != "pdf")):
        content = anna.get(address).content.decode()
        for shared in (str(ANNA_INCOME), ANNA_BSN):
            assert shared not in content


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_file_named_after_the_receipt_alone(anna: Client, consent: Consent, form: str) -> None:
    answer = anna.get(f"{page_of(consent)}receipt.{form}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == FORMS[form]
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{last_change(consent).pk}.{form}"'
    assert answer["Cache-Control"] == "no-store"


def test_the_download_verifies_with_the_published_keys(anna: Client, consent: Consent) -> None:
    keys = read_keys(Client().get("/receipts/keys.json").content.decode())
    said: list[str] = []
    check_receipt(anna.get(f"{page_of(consent)}receipt.jws").content.decode(), keys, said.append)
    assert "Purpose: Energietoeslag, version 1." in said


def test_there_is_no_form_that_nobody_made(anna: Client, consent: Consent) -> None:
    assert anna.get(f"{page_of(consent)}receipt.xml").status_code == 404


def test_a_refusal_has_no_form_of_kantara(anna: Client, consent: Consent) -> None:
    ConsentChange.objects.filter(consent=consent).update(event=Event.WITHDRAW, state="withdrawn")
    page = anna.get(page_of(consent))
    assert "kantara" not in page.content.decode()
    assert anna.get(f"{page_of(consent)}receipt.kantara.json").status_code == 404
    assert anna.get(f"{page_of(consent)}receipt.json").status_code == 200


@pytest.mark.parametrize("end", ["", *(f"receipt.{form}" for form in FORMS)])
def test_another_citizens_receipt_is_not_there(cast: Cast, consent: Consent, end: str) -> None:
    assert signed_in(cast.bram.account).get(page_of(consent) + end).status_code == 404
    assert Client().get(page_of(consent) + end).status_code == 302
    assert signed_in(cast.daan.account).get(page_of(consent) + end).status_code == 403


def test_a_change_under_another_consent_is_not_there(anna: Client, consent: Consent) -> None:
    assert anna.get(f"/my/consents/{uuid4()}/receipts/{last_change(consent).pk}/").status_code == 404
    assert anna.get(f"/my/consents/{consent.pk}/receipts/{uuid4()}/").status_code == 404


def test_it_is_only_read(anna: Client, consent: Consent) -> None:
    for method in ("post", "put", "patch", "delete"):
        for address in (page_of(consent), f"{page_of(consent)}receipt.jws", "/receipts/keys.json"):
            assert getattr(anna, method)(address).status_code == 405


def test_the_page_costs_few_queries(anna: Client, consent: Consent) -> None:
    assert queries_of(anna, page_of(consent)) <= 14


# --- The API --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accepted", ["application/json", "application/ld+json", "application/jose"])
def test_the_api_gives_the_form_that_is_asked_for(anna: Client, consent: Consent, accepted: str) -> None:
    answer = anna.get(api_path(consent), headers={"Accept": accepted})
    assert answer.status_code == 200
    assert answer["Content-Type"].partition(";")[0] == accepted
    content = answer.content.decode()
    if accepted == "application/jose":
        check_receipt(content, read_keys(Client().get("/receipts/keys.json").content.decode()), print)
    elif accepted == "application/ld+json":
        assert json.loads(content)["@type"] == "dpv:ConsentReceipt"
    else:
        assert set(json.loads(content)) == {"iss", "jti", "iat", "receipt", "kantara"}


def test_another_form_is_not_acceptable(anna: Client, consent: Consent) -> None:
    assert anna.get(api_path(consent), headers={"Accept": "text/csv"}).status_code == 406


def test_the_organisation_that_was_given_reads_the_same_receipt(anna: Client, cast: Cast, consent: Consent) -> None:
    theirs = Client().get(
        api_path(consent),
        headers={"Accept": "application/jose", "Authorization": f"Bearer {token_for(cast.municipal_system)}"},
    )
    assert theirs.content == anna.get(api_path(consent), headers={"Accept": "application/jose"}).content


@pytest.mark.parametrize("event", [Event.POSTPONE, Event.OFFER, Event.REFUSE])
def test_the_organisation_never_learns_what_came_before_the_yes(cast: Cast, consent: Consent, event: Event) -> None:
    ConsentChange.objects.filter(consent=consent).update(event=event)
    headers = {"Authorization": f"Bearer {token_for(cast.municipal_system)}"}
    assert Client().get(api_path(consent), headers=headers).status_code == 404


def test_others_find_nothing_in_the_api(cast: Cast, consent: Consent) -> None:
    headers = {"Authorization": f"Bearer {token_for(cast.police_system)}", "Accept": "application/jose"}
    refused = Client().get(api_path(consent), headers=headers)
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
    assert refused.json()["code"] == "consent-not-found"
    assert signed_in(cast.bram.account).get(api_path(consent)).status_code == 404
    assert Client().get(api_path(consent)).status_code == 401
    without = {"Authorization": f"Bearer {token_for(cast.municipal_system, scopes='purposes:read')}"}
    assert Client().get(api_path(consent), headers=without).status_code == 403


# --- For everybody --------------------------------------------------------------------------------------------------


def test_the_schema_stands_at_its_address_for_ever(anna: Client, consent: Consent) -> None:
    receipt = anna.get(f"{page_of(consent)}receipt.json").json()
    address = receipt["dct:conformsTo"][1]
    assert address == "https://deelwijs.example/schemas/consent-record-27560-1.json"
    answer = Client().get(address.removeprefix("https://deelwijs.example"))
    assert answer["Content-Type"] == "application/schema+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "immutable" in answer["Cache-Control"]
    assert answer.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_verifier_is_handed_out_as_it_stands() -> None:
    answer = Client().get("/receipts/standalone_verifier.py")
    assert 'filename="standalone_verifier.py"' in answer["Content-Disposition"]
    assert answer.content.startswith(b"#!/usr/bin/env python3")
