from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from audit.models import LoggedEntry
from sharing.models import Request
from tests.api import token_for
from tests.cast import ANNA_BSN, CARLA_BSN, SIZE, Cast


def call(cast: Cast, body: Any) -> Any:
    return Browser().post(
        "/api/v1/requests",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {token_for(cast.municipal_system)}"},
    )


def body(**changes: Any) -> dict[str, Any]:
    return {
        "purpose": "energy-allowance",
        "subject": {"bsn": ANNA_BSN},
        "fields": [SIZE],
        "case": "Z-1",
        **changes,
    }


def test_a_request_is_made_and_read(cast: Cast) -> None:
    made = call(cast, body())
    assert made.status_code == 201
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}
    read = Browser().get(f"/api/v1/requests/{made.json()['id']}", headers=headers)
    assert read.json() == made.json()
    assert ANNA_BSN not in read.content.decode()


def test_the_answer_for_a_stranger_is_of_the_same_form(cast: Cast) -> None:
    known, stranger = call(cast, body()).json(), call(cast, body(subject={"bsn": CARLA_BSN})).json()
    assert set(known) == set(stranger)
    same = {"purpose", "purposeVersionId", "fields", "case", "role", "department"}
    assert {name: known[name] for name in same} == {name: stranger[name] for name in same}


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"subject": {}}, {"/subject"}),
        ({"subject": {"bsn": "123456789"}}, {"/subject/bsn"}),
        ({"subject": {"bsn": ANNA_BSN, "pseudonym": "ab"}}, {"/subject"}),
        ({"subject": {"name": "Anna"}}, {"/subject/name"}),
        ({"fields": []}, {"/fields"}),
        ({"fields": ["income#/secret"]}, {"/fields/0"}),
        ({"case": "a\u0000b"}, set()),
        ({"case": ""}, {"/case"}),
        ({"purpose": "nothing"}, {"/purpose"}),
        ({"purpose": "no slug!", "case": "", "owner": "me"}, {"/purpose", "/case", "/owner"}),
    ],
)
def test_every_fault_is_named_and_nothing_is_written(cast: Cast, changes: dict[str, Any], pointers: set[str]) -> None:
    before = LoggedEntry.objects.count()
    answer = call(cast, body(**changes))
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json().get("errors", [])} == pointers
    assert not Request.objects.exists()
    assert LoggedEntry.objects.count() == before


def test_a_refusal_never_repeats_the_number(cast: Cast) -> None:
    answer = call(cast, body(subject={"bsn": "999990343"}))
    assert "999990343" not in answer.content.decode()


def test_another_organisation_does_not_find_it(cast: Cast) -> None:
    made = call(cast, body()).json()
    headers = {"authorization": f"Bearer {token_for(cast.police_system)}"}
    for request_id in (made["id"], uuid4()):
        assert Browser().get(f"/api/v1/requests/{request_id}", headers=headers).status_code == 404
    assert Browser().get("/api/v1/requests", headers=headers).json()["results"] == []


def test_who_does_not_receive_for_the_purpose_is_refused(cast: Cast) -> None:
    headers = {"authorization": f"Bearer {token_for(cast.police_system)}"}
    answer = Browser().post("/api/v1/requests", body(), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "request-refused")
    assert not Request.objects.exists()


@pytest.mark.parametrize("who", ["anna", "hanna", "femke"])
def test_who_is_no_requester_is_refused(cast: Cast, who: str) -> None:
    browser = Browser()
    browser.force_login(getattr(cast, who).account)
    assert browser.post("/api/v1/requests", body(), content_type="application/json").status_code == 403
    assert browser.get("/api/v1/requests").status_code == 403


def test_staff_ask_with_their_session(cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.daan.account)
    assert browser.post("/api/v1/requests", body(), content_type="application/json").status_code == 201
    assert len(browser.get("/api/v1/requests").json()["results"]) == 1
