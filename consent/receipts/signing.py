"""Signing: a receipt is a JWS in compact form (RFC 7515 section 7.1), signed with Ed25519 (RFC 8037, RFC 9864).

The same payload gives the same text until the key is rotated, because its JSON is canonical (RFC 8785) and Ed25519
needs no randomness: who downloads a receipt twice has the same receipt twice.
"""

from collections.abc import Mapping
from typing import Any

import rfc8785
from django.conf import settings
from joserfc import jws

from consent.receipts.signing_key import ALGORITHM, load_signing_key

KINDS = ("consent", "deletion", "erasure", "purpose")
"""What there are receipts of. Each has a type of its own, so that one can never pass for another."""


def media_type(kind: str) -> str:
    """Return the `typ` of a kind: its media type without "application/" (RFC 7515 section 4.1.9)."""
    return f"vnd.deelwijs.{kind}-receipt+jws"


def sign(payload: Mapping[str, Any], *, kind: str) -> str:
    """Return `payload` as a signed receipt of `kind`, with this service as its `iss`.

    `payload` is JSON-safe and names neither `iss` nor anything that the receipt's holder may not see: it is signed,
    not sealed. Raise ValueError for another kind, ReceiptKeyUnusable without a key.
    """
    if kind not in KINDS:
        raise ValueError(f"There are no receipts of the kind {kind!r}.")
    key = load_signing_key()
    return jws.serialize_compact(
        {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": media_type(kind)},
        rfc8785.dumps({"iss": settings.SERVICE_ADDRESS, **payload}),
        key,
        algorithms=[ALGORITHM],
    )
