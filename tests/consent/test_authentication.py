from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from oauth2_provider.models import AccessToken

from consent.models import Client, Role
from tests.api import token_for
from tests.cast import CLIENT_SECRET, Cast


def read_requests(token: str) -> Any:
    return Browser().get("/api/v1/requests", headers={"authorization": f"Bearer {token}"})


def ask_token(**body: str) -> Any:
    return Browser().post("/oauth/token", {"grant_type": "client_credentials", **body})


def test_a_system_gets_a_token_by_its_credentials(cast: Cast) -> None:
    answer = ask_token(client_id="municipal-system", client_secret=CLIENT_SECRET, scope="requests:write")
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 600
    assert read_requests(answer.json()["access_token"]).status_code == 200


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_a_wrong_secret_gets_none(cast: Cast, secret: str) -> None:
    assert ask_token(client_id="municipal-system", client_secret=secret).status_code == 401


def test_a_client_that_was_switched_off_gets_none(cast: Cast) -> None:
    Client.objects.update(is_active=False)
    assert ask_token(client_id="municipal-system", client_secret=CLIENT_SECRET).status_code == 401


@pytest.mark.parametrize("end", ["delete token", "switch off client", "let it expire"])
def test_a_token_that_ended_fails_on_its_next_request(cast: Cast, end: str) -> None:
    token = token_for(cast.municipal_system)
    assert read_requests(token).status_code == 200
    if end == "delete token":
        AccessToken.objects.all().delete()
    elif end == "switch off client":
        Client.objects.update(is_active=False)
    else:
        for stored in AccessToken.objects.all():
            stored.expires -= timedelta(minutes=11)
            stored.save()
    answer = read_requests(token)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic bXVuaWNpcGFs", "Bearer a b"])
def test_what_is_no_token_opens_nothing(cast: Cast, header: str) -> None:
    for path in ("requests", "releases", "consents"):
        answer = Browser().get(f"/api/v1/{path}", headers={"authorization": header} if header else {})
        assert answer.status_code == 401
    assert Browser().post("/api/v1/releases", {}, content_type="application/json").status_code == 401


def test_a_token_has_no_scope_beyond_the_systems_role(cast: Cast) -> None:
    answer = ask_token(client_id="municipal-system", client_secret=CLIENT_SECRET, scope="entries:read")
    assert answer.json()["error"] == "invalid_scope"
    Client.objects.update(role=Role.AUDITOR)
    answer = ask_token(client_id="municipal-system", client_secret=CLIENT_SECRET, scope="entries:read")
    assert answer.status_code == 200
    answer = ask_token(client_id="municipal-system", client_secret=CLIENT_SECRET, scope="releases:write")
    assert answer.json()["error"] == "invalid_scope"


def test_an_auditors_system_neither_asks_nor_receives(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    Client.objects.update(role=Role.AUDITOR)
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}", "idempotency-key": "key-1"}
    for path, body in (("requests", {}), ("releases", {"requestId": str(request.pk)})):
        answer = Browser().post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("requests:write", "get", "consents"),
        ("consents:read", "post", "requests"),
        ("consents:read", "post", "releases"),
        ("requests:write", "get", "releases"),
    ],
)
def test_a_token_does_what_its_scope_says_and_no_more(cast: Cast, scope: str, method: str, path: str) -> None:
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system, scopes=scope)}"}
    sent = {"data": {"requestId": str(uuid4())}, "content_type": "application/json"} if method == "post" else {}
    answer = getattr(Browser(), method)(f"/api/v1/{path}", **sent, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "role-required"
