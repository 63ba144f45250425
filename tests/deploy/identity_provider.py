"""A small OpenID Connect provider on loopback: real HTTP, real signatures, and faults to order."""

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.signin.client_key import ASSERTION_TYPE


@dataclass(slots=True)
class IdentityProvider:
    """What it answers with. `claims` go into the ID token over the usual ones; None takes one out."""

    issuer: str = ""
    client_key: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    signing_key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    published_issuer: str = ""
    refuses: str = ""
    questions: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _public_key: Any = None

    def __post_init__(self) -> None:
        self._public_key = self.signing_key.public_key()

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any] | str]:
        """Give a status with a JSON object, or with an address to go on to."""
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.published_issuer or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        if path == "/keys":
            key = jwt.get_algorithm_by_name("ES256").to_jwk(self._public_key, as_dict=True)
            return 200, {"keys": [{**key, "kid": "one", "use": "sig", "alg": "ES256"}]}
        if path == "/authorize":
            return self._authorize(query)
        return 404, {}

    def _authorize(self, query: dict[str, str]) -> tuple[int, str]:
        self.questions.append(query)
        if self.refuses:
            return 302, f"{query['redirect_uri']}?{urlencode({'error': self.refuses, 'state': query['state']})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return 302, f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Exchange a code, once, for who shows the verifier of its challenge and signs with the client's key."""
        question = self._codes.pop(form.get("code", ""), None)
        if question is None or not self._is_client(form, question["client_id"]):
            return 400, {"error": "invalid_grant"}
        challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if question["code_challenge_method"] != "S256" or challenge != question["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": question["client_id"],
            "sub": "a-subject",
            "iat": now,
            "exp": now + 300,
            "nonce": question["nonce"],
            "acr": question["acr_values"],
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        key = "" if self.algorithm == "none" else self.signing_key
        id_token = jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "one"})
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": id_token}

    def _is_client(self, form: dict[str, str], client_id: str) -> bool:
        if form.get("client_assertion_type") != ASSERTION_TYPE or "client_secret" in form:
            return False
        try:
            claims = jwt.decode(
                form["client_assertion"],
                jwt.PyJWK(self.client_key),
                algorithms=["ES256"],
                audience=f"{self.issuer}/token",
                issuer=client_id,
                options={"require": ["exp", "iat", "jti", "sub"]},
            )
        except jwt.PyJWTError:
            return False
        return bool(claims["sub"] == client_id)


@contextmanager
def serving(provider: IdentityProvider) -> Iterator[IdentityProvider]:
    """Let a provider answer on a free loopback port, and tell it its own address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._send(*provider.answer(parts.path, dict(parse_qsl(parts.query))))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(*provider.token(dict(parse_qsl(body))))

        def _send(self, status: int, content: dict[str, Any] | str) -> None:
            body = b"" if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            if isinstance(content, str):
                self.send_header("Location", content)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing: the tests look at the answers."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
