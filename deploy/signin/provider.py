"""django-allauth's OpenID Connect provider, made strict. Wired by SOCIALACCOUNT_PROVIDERS."""

import json
import secrets
from pathlib import Path
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse

from deploy.signin.client_key import ASSERTION_TYPE, client_assertion

# Signatures by a key of the provider's. Never `none`, and never HS256, which would take that public key for a secret.
SIGNATURES = ["ES256", "PS256", "RS256"]
REQUIRED_CLAIMS = ["iss", "aud", "sub", "exp", "iat", "nonce"]
CLOCK_SECONDS = 30


class IdTokenRefused(OAuth2Error):
    """The ID token, or the configuration it is held against, does not hold. The text says which rule, and no value."""


class Client(OAuth2Client):
    """Gets tokens with a signed assertion in the place of a secret."""

    key_file: Path

    def get_access_token(self, code: str, pkce_code_verifier: str | None = None, extra_data: Any = None) -> Any:
        assertion = client_assertion(
            key_file=self.key_file, client_id=self.consumer_key, audience=self.access_token_url
        )
        own = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        return super().get_access_token(code, pkce_code_verifier, {**(extra_data or {}), **own})


class Adapter(OpenIDConnectOAuth2Adapter):
    """Reads the provider's configuration and its ID token, and believes neither before it is checked."""

    client_class = Client
    basic_auth = False

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        # OpenID Connect Discovery section 4.3: else one provider could pass for another.
        issuer = self.get_provider().app.settings["server_url"]
        if config.get("issuer") != issuer:
            raise IdTokenRefused("the configuration is of another issuer")
        return config

    def get_client(self, request: HttpRequest, app: Any) -> Client:
        client: Client = super().get_client(request, app)
        client.key_file = Path(app.settings["client_key_file"])
        return client

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Make the login of a signed ID token; raise IdTokenRefused for one that does not hold."""
        claims = self._checked_claims(kwargs["response"].get("id_token"), client_id=app.client_id)
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _checked_claims(self, id_token: object, *, client_id: str) -> dict[str, Any]:
        if not isinstance(id_token, str):
            raise IdTokenRefused("there is no ID token")
        try:
            header = jwt.get_unverified_header(id_token)
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=self._signing_key(header.get("kid")),
                algorithms=SIGNATURES,
                audience=client_id,
                issuer=self.openid_config["issuer"],
                leeway=CLOCK_SECONDS,
                options={"require": REQUIRED_CLAIMS},
            )
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise IdTokenRefused(type(error).__name__) from error
        if claims.get("azp", client_id) != client_id:
            raise IdTokenRefused("the ID token is for another client")
        return claims

    def _signing_key(self, kid: object) -> jwt.PyJWK:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = [key for key in answer.json()["keys"] if key.get("kid") == kid and key.get("use", "sig") == "sig"]
        if len(keys) != 1:
            raise IdTokenRefused("the ID token is signed with a key that the provider does not publish")
        return jwt.PyJWK.from_json(json.dumps(keys[0]))


class Provider(OpenIDConnectProvider):
    """Asks for what the settings say and for nothing that stands in an address: those are the caller's to choose."""

    oauth2_adapter_class = Adapter
    pkce_enabled_default = True

    def wk_server_url(self, url: str) -> str:
        return f"{url.rstrip('/')}/.well-known/openid-configuration"

    def get_auth_params_from_request(self, request: HttpRequest, action: Any) -> dict[str, str]:
        return {}

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        scope: list[str] = self.get_scope()
        return scope

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the browser to the provider; the state keeps the nonce that the ID token must come back with."""
        nonce = secrets.token_urlsafe(32)
        kwargs["auth_params"] = {"acr_values": self.app.settings["acr"], "nonce": nonce}
        answer: HttpResponse = super().redirect(request, process, next_url, data, nonce=nonce, **kwargs)
        return answer
