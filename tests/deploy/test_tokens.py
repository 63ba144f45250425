"""Tokens for systems (RFC 6749 section 4.4), and an end to guessing, however the guess is sent."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from oauth2_provider.models import AccessToken

from consent.models import Role
from deploy.tokens import MOST_FAILURES
from tests.cast import CLIENT_SECRET, Cast


@pytest.fixture(autouse=True)
def _nothing_counted(cast: Cast) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


ME = {"client_id": "municipal-system", "client_secret": CLIENT_SECRET}


def basic(client_id: str = "municipal-system", secret: str = CLIENT_SECRET, encoding: str = "utf-8") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode(encoding)).decode()}"}


def post(client: Client, address: str = "/oauth/token", *, headers: dict[str, str] | None = None, **form: str) -> Any:
    data = {"grant_type": "client_credentials", "scope": "releases:write", **form}
    return client.post(address, data, headers=headers or {})


def ask(client: Client, secret: str = CLIENT_SECRET, **form: str) -> int:
    status: int = post(client, headers=basic(secret=secret), **form).status_code
    return status


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


# --- A guess is counted however it is sent ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "guess",
    [
        {"client_id": "municipal-system", "client_secret": "wrong"},
        {"headers": basic(secret="wrong")},
        {"headers": basic("municipal%2Dsystem", "wrong")},
        {"headers": {"Authorization": basic(secret="wrong")["Authorization"].replace("Basic", "BASIC")}},
        {"headers": basic(secret="wrong"), "client_id": "municipal-system"},
    ],
    ids=["in the form", "Basic", "quoted", "another case", "named twice"],
)
@pytest.mark.parametrize("address", ["/oauth/token", "/oauth/revoke"])
def test_all_guesses_at_a_client_are_one_count(client: Client, address: str, guess: dict[str, Any]) -> None:
    for _attempt in range(MOST_FAILURES):
        assert post(client, address, token="x", **guess).status_code == 401
    for way in ({"headers": basic()}, ME):
        assert post(client, **way).status_code == 429
        assert post(client, "/oauth/revoke", token="x", **way).status_code == 429


@pytest.mark.parametrize("address", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(
    "form",
    [ME, {"client_secret": CLIENT_SECRET}, {"client_id": "municipal-system"}],
    ids=["another client", "only a secret", "another id"],
)
def test_two_ways_at_once_are_refused(client: Client, address: str, form: dict[str, str]) -> None:
    """RFC 6749 section 2.3; the library would try the second when the first fails."""
    answer = post(client, address, headers=basic("someone-else", "wrong"), token="x", **form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer["Content-Type"] == "application/json"
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-16", "cp037", "no-such-encoding"])
def test_a_form_does_not_choose_how_credentials_are_read(client: Client, encoding: str) -> None:
    """The library takes the encoding of the header from a field of the form."""
    sent = "utf-8" if encoding == "no-such-encoding" else encoding
    answer = post(client, headers=basic(encoding=sent), encoding=encoding)
    assert answer.status_code == (200 if sent == "utf-8" else 401)


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic nonsense!",
        "Basic é",
        f"Basic {base64.b64encode(b'no-colon').decode()}",
        f"Basic {base64.b64encode(bytes([255, 58])).decode()}",
        basic("municipal\0system")["Authorization"],
        basic("municipal%00system")["Authorization"],
        basic(secret="%00")["Authorization"],
        # Alphabets that a lenient reader would skip over, to the same credentials.
        basic()["Authorization"].replace("Basic ", "Basic !"),
    ],
)
@pytest.mark.parametrize("address", ["/oauth/token", "/oauth/revoke"])
def test_credentials_that_cannot_be_read_are_401(client: Client, address: str, header: str) -> None:
    answer = post(client, address, headers={"Authorization": header}, token="x")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["WWW-Authenticate"]


@pytest.mark.parametrize("address", ["/oauth/token?client_id=municipal-system", "/oauth/revoke?client_secret=x"])
def test_credentials_do_not_stand_in_an_address(client: Client, address: str) -> None:
    assert post(client, address, headers=None, token="x", **ME).status_code == 400


def test_a_grant_for_devices_is_not_there(client: Client) -> None:
    answer = post(client, headers=basic(), grant_type="urn:ietf:params:oauth:grant-type:device_code")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_count_that_ends_between_two_steps_starts_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(key: str) -> int:
        raise ValueError(f"Key '{key}' not found")

    with monkeypatch.context() as patch:
        patch.setattr(cache, "incr", gone)
        assert ask(client, "wrong") == 401
    for _attempt in range(MOST_FAILURES - 1):
        assert ask(client, "wrong") == 401
    assert ask(client) == 429


# --- Answers ------------------------------------------------------------------------------------------------------


def test_a_refusal_to_count_on_is_for_machines(client: Client) -> None:
    for _attempt in range(MOST_FAILURES):
        ask(client, "wrong")
    answer = post(client, headers=basic())
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too-many-requests"
    assert int(answer["Retry-After"]) > 0
    wrong_method = client.get("/oauth/token")
    assert (wrong_method.status_code, wrong_method["Content-Type"]) == (405, "application/problem+json")


# --- Scopes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (Role.REQUESTER, "releases:write", 200),
        (Role.REQUESTER, "entries:read", 400),
        (Role.AUDITOR, "entries:read", 200),
        (Role.AUDITOR, "releases:write", 400),
        (Role.APPROVER, "entries:read", 400),
    ],
)
def test_a_client_gets_the_scopes_of_its_role(cast: Cast, client: Client, role: str, scope: str, status: int) -> None:
    cast.municipal_system.role = role
    cast.municipal_system.save()
    assert post(client, headers=basic(), scope=scope).status_code == status
