"""What every answer tells browsers and caches, and what none may leave out."""

import pytest
from django.conf import settings
from django.test import Client

from audit.trace import continue_trace
from tests.cast import Cast

HEX_TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{HEX_TRACE}-b7ad6b7169203331-01"


@pytest.mark.parametrize("address", ["/", "/register/", "/health/", "/api/v1/openapi.json", "/nothing/"])
def test_every_answer_has_the_security_headers(client: Client, db: None, address: str) -> None:
    response = client.get(address, secure=True)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "max-age=63072000" in response["Strict-Transport-Security"]
    assert response["traceparent"]


def test_the_content_policy_allows_nothing_inline(client: Client, db: None) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    directives = {name: rest for name, _space, rest in (part.strip().partition(" ") for part in policy.split(";"))}
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert "*" not in policy
    # The sign-in form ends at the identity provider, and browsers hold its redirect against this.
    assert "https://citizens.example" in directives["form-action"]


@pytest.mark.parametrize("address", ["/", "/register/", "/nothing/", "/api/v1/requests", "/health/"])
def test_nothing_of_a_person_is_kept_by_a_cache(client: Client, db: None, address: str) -> None:
    assert client.get(address)["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address",
    ["/audit/log/nothing", "/audit/log/checkpoint", "/static/nothing.css", "/api/v1/openapi.json"],
)
def test_a_refusal_is_kept_by_no_cache_wherever_it_stands(cast: Cast, client: Client, address: str) -> None:
    """Its page may carry the menu of who is signed in."""
    client.force_login(cast.anna.account)
    response = client.delete(address) if address.endswith(("checkpoint", ".json")) else client.get(address)
    assert response.status_code >= 400
    assert response["Cache-Control"] == "no-store"


def test_the_description_of_the_api_is_for_everyone(client: Client, db: None) -> None:
    response = client.get("/api/v1/openapi.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "public" in response["Cache-Control"]


@pytest.mark.parametrize("address", ["/api/v1/openapi.json", "/api/v1/requests", "/api/v1/nothing"])
def test_every_answer_of_the_api_says_its_version(client: Client, db: None, address: str) -> None:
    assert client.get(address)["API-Version"] == settings.API_VERSION


def test_a_trace_goes_on(client: Client, db: None) -> None:
    response = client.get("/api/v1/requests", headers={"traceparent": TRACEPARENT})
    assert continue_trace(response["traceparent"]).trace_id == HEX_TRACE
    assert response.json()["traceId"] == HEX_TRACE


def test_cookies_of_production_are_bound_to_this_host() -> None:
    """OWASP ASVS 5.0 V3.3.1, on the settings themselves: the test client speaks plain http."""
    from deploy import settings as production

    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        assert getattr(production, f"{cookie}_COOKIE_NAME").startswith("__Host-")
        assert getattr(production, f"{cookie}_COOKIE_SECURE") is True
        assert getattr(production, f"{cookie}_COOKIE_HTTPONLY") is True
        assert getattr(production, f"{cookie}_COOKIE_SAMESITE") == "Lax"
    assert production.SECURE_SSL_REDIRECT is True
