"""Signing in with an identity provider: who is let in, who is not, and that nothing of the answer is kept."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from audit.models import Record
from consent.models import Account, Citizen
from deploy.signin.assurance import PREFIX, SUBSTANTIAL, meets
from deploy.signin.client_key import ClientKeyUnusable, public_key
from deploy.signin.providers import BSN_CLAIM
from tests.cast import ANNA_BSN, CARLA_BSN, Cast
from tests.deploy.identity_provider import IdentityProvider, serving


@pytest.fixture
def client_key(tmp_path: Path) -> Path:
    file = tmp_path / "client-key.pem"
    file.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return file


@pytest.fixture
def provider(settings: Settings, client_key: Path) -> Iterator[IdentityProvider]:
    """A provider that both citizens and staff sign in with."""
    with serving(IdentityProvider(client_key=public_key(client_key))) as running:
        apps = [
            {
                **app,
                "settings": {**app["settings"], "server_url": running.issuer, "client_key_file": str(client_key)},
            }
            for app in settings.IDENTITY_PROVIDERS
        ]
        settings.IDENTITY_PROVIDERS = apps
        configured = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**configured, "APPS": apps}}
        yield running


@pytest.fixture
def reasons(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Why sign-ins were refused, as the service's own log says; the person is told less."""
    said: list[str] = []

    class Listening:
        def warning(self, event: str, *, provider: str, reason: str) -> None:
            said.append(reason)

    monkeypatch.setattr("deploy.signin.adapter.logger", Listening())
    return said


def leave(client: Client, who: str = "citizens", **form: str) -> str:
    """Go to the provider and come back: give the address that the provider sends the browser to."""
    question = client.post(f"/sign-in/{who}/", form)
    assert question.status_code == 302, question.content
    return requests.get(question["Location"], allow_redirects=False, timeout=5).headers["Location"]


def sign_in(client: Client, who: str = "citizens", **form: str) -> Any:
    parts = urlsplit(leave(client, who, **form))
    return client.get(f"{parts.path}?{parts.query}")


def signed_in(client: Client) -> Account | None:
    user = client.get("/").wsgi_request.user
    return user if isinstance(user, Account) else None


def test_a_citizen_signs_in_by_bsn(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.claims = {BSN_CLAIM: ANNA_BSN}
    assert sign_in(client).status_code == 302
    assert signed_in(client) == cast.anna.account
    entry = Record.objects.get(action="consent.signed-in")
    assert (entry.subject, entry.outcome) == (cast.anna.log_subject, "allowed")


def test_a_new_citizen_is_registered_once(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.claims = {BSN_CLAIM: CARLA_BSN, "name": "Carla Smit"}
    before = Citizen.objects.count()
    sign_in(client)
    sign_in(Client())
    assert Citizen.objects.count() == before + 1


def test_staff_sign_in_by_subject(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.claims = {"sub": "daan"}
    assert sign_in(client, "staff").status_code == 302
    assert signed_in(client) == cast.daan.account


def test_nothing_of_the_answer_is_kept(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.claims = {BSN_CLAIM: ANNA_BSN, "name": "Anna de Vries"}
    sign_in(client)
    assert SocialAccount.objects.count() == 0
    assert all(ANNA_BSN not in str(session.get_decoded()) for session in Session.objects.all())


def test_the_question_is_by_the_profile(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    leave(client)
    (question,) = provider.questions
    assert question["response_type"] == "code"
    assert question["code_challenge_method"] == "S256"
    assert question["acr_values"] == SUBSTANTIAL
    # 128 bits or more, in characters of 6 bits.
    assert len(question["state"]) >= 22
    assert len(question["nonce"]) >= 22
    assert question["redirect_uri"].endswith("/sign-in/citizens/callback/")


def test_an_address_cannot_change_the_question(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    question = client.post("/sign-in/citizens/?scope=everything&auth_params=acr_values%3Dlow")
    asked = dict(parse_qsl(urlsplit(question["Location"]).query))
    assert (asked["scope"], asked["acr_values"]) == ("openid", SUBSTANTIAL)


@pytest.mark.parametrize("acr", [None, f"{PREFIX}low", "", 3, ["substantial"], "http://eidas.europa.eu/LoA/"])
def test_a_lower_level_of_assurance_is_refused(
    cast: Cast, client: Client, provider: IdentityProvider, acr: object
) -> None:
    """OWASP ASVS 5.0 V6.8.4."""
    provider.claims = {BSN_CLAIM: ANNA_BSN, "acr": acr}
    assert sign_in(client).status_code == 403
    assert signed_in(client) is None
    assert Record.objects.get(action="consent.sign-in-failed").reason == "assurance-too-low"


def test_a_higher_level_will_do(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.claims = {BSN_CLAIM: ANNA_BSN, "acr": f"{PREFIX}high"}
    sign_in(client)
    assert signed_in(client) == cast.anna.account


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": None}, "MissingRequiredClaimError"),
        ({"iss": "https://elsewhere.example"}, "InvalidIssuerError"),
        ({"aud": "another-client"}, "InvalidAudienceError"),
        ({"azp": "another-client"}, "the ID token is for another client"),
        ({"exp": int(time.time()) - 3600}, "ExpiredSignatureError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"iat": None}, "MissingRequiredClaimError"),
        ({"sub": None}, "MissingRequiredClaimError"),
    ],
)
def test_an_id_token_that_does_not_hold_is_refused_for_that(
    cast: Cast, client: Client, provider: IdentityProvider, reasons: list[str], claims: dict[str, Any], reason: str
) -> None:
    provider.claims = {BSN_CLAIM: ANNA_BSN, **claims}
    assert sign_in(client).status_code == 403
    assert reasons == [reason]
    assert signed_in(client) is None


def test_the_answer_to_another_question_is_refused(
    cast: Cast, client: Client, provider: IdentityProvider, reasons: list[str]
) -> None:
    """OWASP ASVS 5.0 V10.5.1."""
    provider.claims = {BSN_CLAIM: ANNA_BSN, "nonce": "another browser's"}
    assert sign_in(client).status_code == 403
    assert reasons == ["sign-in-failed"]
    assert signed_in(client) is None


def test_a_signature_by_another_key_is_refused(
    cast: Cast, client: Client, provider: IdentityProvider, reasons: list[str]
) -> None:
    provider.claims = {BSN_CLAIM: ANNA_BSN}
    provider.signing_key = ec.generate_private_key(ec.SECP256R1())
    assert sign_in(client).status_code == 403
    assert reasons == ["InvalidSignatureError"]
    assert signed_in(client) is None


def test_a_client_that_the_provider_does_not_know_gets_no_token(
    cast: Cast, client: Client, provider: IdentityProvider, reasons: list[str]
) -> None:
    provider.client_key = jwt.get_algorithm_by_name("ES256").to_jwk(
        ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True
    )
    assert sign_in(client).status_code == 403
    assert reasons == ["OAuth2Error"]


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_algorithm_that_proves_nothing_is_refused(
    cast: Cast, client: Client, provider: IdentityProvider, reasons: list[str], algorithm: str
) -> None:
    """OWASP ASVS 5.0 V9.1.2."""
    provider.claims = {BSN_CLAIM: ANNA_BSN}
    provider.algorithm = algorithm
    provider.signing_key = b"a secret that anyone could have chosen, of 32 bytes or more"
    assert sign_in(client).status_code == 403
    assert reasons == ["InvalidAlgorithmError"]
    assert signed_in(client) is None


def test_another_issuer_s_configuration_is_refused(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.published_issuer = "https://elsewhere.example"
    assert client.post("/sign-in/citizens/").status_code == 503


@pytest.mark.parametrize("bsn", [None, "123456789", "", "99999"])
def test_an_answer_without_a_bsn_is_nobody(
    cast: Cast, client: Client, provider: IdentityProvider, bsn: str | None
) -> None:
    provider.claims = {BSN_CLAIM: bsn}
    before = Citizen.objects.count()
    assert sign_in(client).status_code == 403
    assert Record.objects.get(action="consent.sign-in-failed").reason == "nobody-known"
    assert Citizen.objects.count() == before


@pytest.mark.parametrize("subject", ["somebody", "citizen:1"])
def test_staff_without_a_membership_are_nobody(
    cast: Cast, client: Client, provider: IdentityProvider, subject: str
) -> None:
    provider.claims = {"sub": subject}
    assert sign_in(client, "staff").status_code == 403
    assert Record.objects.get(action="consent.sign-in-failed").reason == "nobody-known"
    assert signed_in(client) is None


def test_a_citizen_cannot_come_in_by_the_door_of_staff(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.claims = {"sub": cast.anna.account.subject, BSN_CLAIM: ANNA_BSN}
    assert sign_in(client, "staff").status_code == 403
    assert Record.objects.get(action="consent.sign-in-failed").reason == "nobody-known"


def test_a_closed_account_stays_out(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    Account.objects.filter(pk=cast.anna.account.pk).update(is_active=False)
    provider.claims = {BSN_CLAIM: ANNA_BSN}
    assert sign_in(client).status_code == 403
    assert signed_in(client) is None


def test_an_answer_works_once_and_only_in_the_browser_that_asked(
    cast: Cast, client: Client, provider: IdentityProvider
) -> None:
    provider.claims = {BSN_CLAIM: ANNA_BSN}
    parts = urlsplit(leave(client))
    stranger = Client()
    assert stranger.get(f"{parts.path}?{parts.query}").status_code == 403
    assert client.get(f"{parts.path}?{parts.query}").status_code == 302
    client.post("/sign-out/")
    assert client.get(f"{parts.path}?{parts.query}").status_code == 403
    assert signed_in(client) is None


def test_the_session_is_a_new_one(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    """OWASP ASVS 5.0 V7.2.4."""
    provider.claims = {BSN_CLAIM: ANNA_BSN}
    parts = urlsplit(leave(client))
    before = client.cookies["session"].value
    client.get(f"{parts.path}?{parts.query}")
    assert client.cookies["session"].value != before
    assert not Session.objects.filter(session_key=before).exists()


@pytest.mark.parametrize(
    ("error", "code"), [("access_denied", "sign-in-cancelled"), ("server_error", "sign-in-failed")]
)
def test_a_provider_that_says_no_is_explained(
    cast: Cast, client: Client, provider: IdentityProvider, error: str, code: str
) -> None:
    provider.refuses = error
    response = sign_in(client)
    assert response.status_code == 403
    assert "<h1" in response.content.decode()


def test_a_provider_that_is_away_is_503(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.issuer = "http://127.0.0.1:1"
    assert client.post("/sign-in/citizens/").status_code == 503


def test_an_address_elsewhere_is_not_gone_on_to(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    provider.claims = {BSN_CLAIM: ANNA_BSN}
    response = sign_in(client, next="https://evil.example/")
    assert "evil" not in response["Location"]


@pytest.mark.parametrize("who", ["nobody", "openid_connect"])
def test_an_unknown_provider_is_404(cast: Cast, client: Client, provider: IdentityProvider, who: str) -> None:
    assert client.post(f"/sign-in/{who}/").status_code == 404


def test_a_link_signs_nobody_in(cast: Cast, client: Client, provider: IdentityProvider) -> None:
    assert client.get("/sign-in/citizens/").status_code == 405


def test_our_public_keys_are_published_and_the_private_half_is_not(
    cast: Cast, client: Client, provider: IdentityProvider
) -> None:
    (key,) = client.get("/sign-in/keys.json").json()["keys"]
    assert key == provider.client_key
    assert "d" not in key
    assert jwt.PyJWK(key).algorithm_name == "ES256"


def test_a_key_file_that_holds_no_key_says_so(tmp_path: Path) -> None:
    file = tmp_path / "nothing.pem"
    file.write_text("nothing")
    with pytest.raises(ClientKeyUnusable, match="no PEM private key"):
        public_key(file)


@pytest.mark.parametrize(
    ("given", "asked", "expected"),
    [
        (SUBSTANTIAL, SUBSTANTIAL, True),
        (f"{PREFIX}high", SUBSTANTIAL, True),
        (f"{PREFIX}low", SUBSTANTIAL, False),
        ("mfa", "mfa", True),
        (f"{PREFIX}high", "mfa", False),
        (None, SUBSTANTIAL, False),
    ],
)
def test_levels(given: object, asked: str, expected: bool) -> None:
    assert meets(given=given, asked=asked) is expected
