from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from audit.models import LoggedEntry, Record
from consent.services.change import withdraw_consent
from sharing.models import Release
from tests.api import token_for
from tests.cast import ANNA_INCOME, INCOME, SIZE, Cast


def call(
    cast: Cast, body: Any, *, key: str = "key-1", token: str | None = None, content_type: str = "application/json"
) -> Any:
    token = token_for(cast.municipal_system) if token is None else token
    headers = {"idempotency-key": key, **({"authorization": f"Bearer {token}"} if token else {})}
    return Browser().post("/api/v1/releases", body, content_type=content_type, headers=headers)


def test_a_release_gives_exactly_the_granted_fields(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME], uses=2)
    answer = call(cast, {"requestId": str(cast.ask().pk)})
    assert answer.status_code == 201
    body = answer.json()
    assert body["fields"] == {SIZE: 3, INCOME: ANNA_INCOME}
    assert body["pseudonym"] == consent.pseudonym
    assert (body["absent"], body["usesLeft"], body["repeated"]) == ([], 1, False)
    assert LoggedEntry.objects.filter(pk=body["entry"]["id"]).exists()
    assert set(body) == {
        "id", "requestId", "purpose", "pseudonym", "releasedAt", "fields", "answers", "absent", "usesLeft",
        "validUntil", "deleteBefore", "repeated", "verdicts", "entry",
    }  # fmt: skip


def test_the_answer_is_not_kept_anywhere(cast: Cast) -> None:
    cast.grant()
    answer = call(cast, {"requestId": str(cast.ask().pk)})
    assert answer["Cache-Control"] == "no-store"


def test_a_repeat_says_so(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    first = call(cast, {"requestId": str(request.pk)}).json()
    again = call(cast, {"requestId": str(request.pk)})
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.json()["repeated"]


def test_a_refusal_explains_itself(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    answer = call(cast, {"requestId": str(request.pk)})
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "release-refused"
    failing = [verdict["code"] for verdict in body["params"]["verdicts"] if not verdict["holds"]]
    assert failing == ["consent-given"]
    assert body["detail"]
    assert Record.objects.get(pk=body["entryId"]).outcome == "refused"
    assert Record.objects.filter(action="service.refused").count() == 0


def test_another_organisations_request_and_none_at_all_are_the_same(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    token = token_for(cast.police_system)
    foreign = call(cast, {"requestId": str(request.pk)}, token=token)
    unknown = call(cast, {"requestId": str(uuid4())}, token=token)
    assert foreign.status_code == unknown.status_code == 404
    ignored = {"entryId", "promise", "traceId"}
    assert {k: v for k, v in foreign.json().items() if k not in ignored} == {
        k: v for k, v in unknown.json().items() if k not in ignored
    }
    assert Record.objects.filter(action="service.refused", organisation=cast.police.oin).count() == 2
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ('"text"', 400),
        ("[" * 100_000, 400),
        (b"\xff", 400),
        ({}, 400),
        ({"requestId": 7}, 400),
        ({"requestId": "seven"}, 400),
        ({"requestId": "{01a20562-75fa-7415-9e6a-524d0b6b6a5b}"}, 400),
        ('{"requestId": "a", "requestId": "b"}', 400),
        ('{"requestId": "a"}'.encode("utf-16"), 400),
        ({"requestId": "00000000-0000-7000-8000-00000000000\0"}, 400),
        ({"requestId": str(uuid4()), "ground": "legal-order"}, 400),
    ],
)
def test_a_body_that_says_nothing_is_refused_and_not_logged(cast: Cast, body: Any, status: int) -> None:
    before = LoggedEntry.objects.count()
    answer = call(cast, body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert LoggedEntry.objects.count() == before


@pytest.mark.parametrize("key", ["", "x" * 101, "é"])
def test_a_release_without_a_proper_key_is_refused(cast: Cast, key: str) -> None:
    cast.grant()
    answer = call(cast, {"requestId": str(cast.ask().pk)}, key=key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/idempotencyKey"


def test_ten_megabytes_are_too_large(cast: Cast) -> None:
    assert call(cast, "x" * 10_000_000).status_code == 413


def test_another_content_type_is_not_supported(cast: Cast) -> None:
    assert call(cast, "requestId=1", content_type="application/x-www-form-urlencoded").status_code == 415


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_release_is_never_changed(cast: Cast, method: str) -> None:
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}
    assert getattr(Browser(), method)("/api/v1/releases", headers=headers).status_code == 405


def test_the_list_has_no_data_and_only_ones_own(cast: Cast) -> None:
    cast.grant()
    made = call(cast, {"requestId": str(cast.ask().pk)}).json()
    own = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}
    foreign = {"authorization": f"Bearer {token_for(cast.police_system)}"}
    listed = Browser().get("/api/v1/releases", headers=own).json()
    assert [release["id"] for release in listed["results"]] == [made["id"]]
    assert str(ANNA_INCOME) not in str(listed)
    assert Browser().get("/api/v1/releases", headers=foreign).json()["results"] == []
    assert Browser().get(f"/api/v1/releases/{made['id']}", headers=own).status_code == 200
    assert Browser().get(f"/api/v1/releases/{made['id']}", headers=foreign).status_code == 404
