"""Tokens for systems (RFC 6749 section 4.4), and an end to guessing."""

import base64
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from deploy.tokens import MOST_FAILURES
from tests.cast import CLIENT_SECRET, Cast


@pytest.fixture(autouse=True)
def _nothing_counted(cast: Cast) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def ask(client: Client, secret: str = CLIENT_SECRET, **form: str) -> int:
    credentials = base64.b64encode(f"municipal-system:{secret}".encode()).decode()
    data = {"grant_type": "client_credentials", "scope": "releases:write", **form}
    return client.post("/oauth/token", data, headers={"Authorization": f"Basic {credentials}"}).status_code


def test_a_client_gets_a_token_of_ten_minutes_that_works(client: Client) -> None:
    credentials = base64.b64encode(f"municipal-system:{CLIENT_SECRET}".encode()).decode()
    answer = client.post(
        "/oauth/token",
        {"grant_type": "client_credentials", "scope": "requests:write"},
        headers={"Authorization": f"Basic {credentials}"},
    ).json()
    assert answer["expires_in"] == 600
    assert answer["scope"] == "requests:write"
    token = {"Authorization": f"Bearer {answer['access_token']}"}
    assert client.get("/api/v1/requests", headers=token).status_code == 200


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token"])
def test_no_other_grant_gives_a_token(client: Client, grant: str) -> None:
    assert ask(client, grant_type=grant, username="anna", password="anna", code="x", refresh_token="x") in {400, 401}


def test_an_unknown_scope_gives_no_token(client: Client) -> None:
    assert ask(client, scope="everything") == 400


def test_a_client_that_was_closed_gets_none(cast: Cast, client: Client) -> None:
    cast.municipal_system.is_active = False
    cast.municipal_system.save()
    assert ask(client) == 401


def test_guessing_ends_even_for_the_right_guess(client: Client) -> None:
    """OWASP ASVS 5.0 V6.3.1."""
    for _attempt in range(MOST_FAILURES):
        assert ask(client, "wrong") == 401
    assert ask(client, "wrong") == 429
    assert ask(client) == 429


def test_another_address_is_not_locked_out(client: Client) -> None:
    for _attempt in range(MOST_FAILURES):
        ask(client, "wrong")
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert ask(elsewhere) == 200


def test_a_revoked_token_fails_at_once(client: Client) -> None:
    credentials = base64.b64encode(f"municipal-system:{CLIENT_SECRET}".encode()).decode()
    basic = {"Authorization": f"Basic {credentials}"}
    form = {"grant_type": "client_credentials", "scope": "requests:write"}
    token = client.post("/oauth/token", form, headers=basic).json()["access_token"]
    assert client.post("/oauth/revoke", {"token": token}, headers=basic).status_code == 200
    assert client.get("/api/v1/requests", headers={"Authorization": f"Bearer {token}"}).status_code == 401
