"""How this service shows an identity provider who it is: a signed assertion, `private_key_jwt` (RFC 7523)."""

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from audit.errors import Unavailable

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
# The members of a public key that its thumbprint is made of (RFC 7638 section 3.2), in their order.
THUMBPRINT_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


class ClientKeyUnusable(Unavailable):
    code = "client-key-unusable"


def client_assertion(*, key_file: Path, client_id: str, audience: str) -> str:
    """Sign that `client_id` speaks, to the token endpoint `audience`, once, within a minute."""
    key, algorithm = _read(key_file)
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(32),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": public_key(key_file)["kid"]})


def public_key(key_file: Path) -> dict[str, Any]:
    """Give the JSON Web Key that the provider checks assertions with; its `kid` is the thumbprint (RFC 7638)."""
    key, algorithm = _read(key_file)
    members: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    thumbed = {name: members[name] for name in THUMBPRINT_MEMBERS[members["kty"]]}
    digest = hashlib.sha256(json.dumps(thumbed, separators=(",", ":"), sort_keys=True).encode()).digest()
    return {**thumbed, "kid": urlsafe_b64encode(digest).rstrip(b"=").decode(), "use": "sig", "alg": algorithm}


@cache
def _read(key_file: Path) -> tuple[EllipticCurvePrivateKey | RSAPrivateKey, str]:
    """Read a PEM file with a P-256 or an RSA key. A new key takes a new start, as every setting does."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ClientKeyUnusable(f"{key_file} holds no PEM private key without a password.") from error
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key, "ES256"
    if isinstance(key, RSAPrivateKey):
        return key, "PS256"
    raise ClientKeyUnusable(f"{key_file} holds neither a P-256 nor an RSA key.")
