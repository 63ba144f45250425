#!/usr/bin/env python3
"""Check a receipt of a Deelwijs service without trusting it, and without a network.

This one file needs Python 3.11 and the package `cryptography`, and shares no code with the service: take it away, read
it, run it anywhere. It follows RFC 7515 (JWS), RFC 7517 and 7638 (keys) and RFC 8037 and 9864 (Ed25519).

    standalone_verifier.py receipt.jws --keys keys.json

`keys.json` is what the service publishes at /receipts/keys.json. Get it once, keep it, and compare it with what others
got: who controls that file decides what verifies. Ends with 0 if the receipt holds, 1 if it does not, 2 if it could not
be checked.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KINDS = {
    "vnd.deelwijs.consent-receipt+jws": "the receipt of a choice about sharing data",
    "vnd.deelwijs.deletion-receipt+jws": "the receipt of a confirmed deletion",
    "vnd.deelwijs.erasure-receipt+jws": "the receipt of an erasure",
    "vnd.deelwijs.purpose-receipt+jws": "a purpose, signed for taking elsewhere",
}
CONSENT = "vnd.deelwijs.consent-receipt+jws"
LONGEST = 4_000_000
KEY_BYTES, SIGNATURE_BYTES = 32, 64
Object = dict[str, Any]
Say = Callable[[str], None]


class DoesNotHold(Exception):
    """The receipt is not what the service signed."""


class CannotCheck(Exception):
    """Something is missing or unreadable, so nothing is shown either way."""


# --- Reading strictly --------------------------------------------------------------------------------------------


def decode(text: str, what: str) -> bytes:
    """Decode base64url without padding (RFC 7515 §2), in its one right spelling."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise DoesNotHold(f"{what} is not base64url")
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise DoesNotHold(f"{what} is not base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != text:
        raise DoesNotHold(f"{what} is base64url with stray bits")
    return decoded


def read_object(data: bytes, what: str) -> Object:
    """Read a JSON object in which every name stands once: two values for one name are two stories."""

    def once(pairs: list[tuple[str, Any]]) -> Object:
        read = dict(pairs)
        if len(read) != len(pairs):
            raise DoesNotHold(f"{what} says one thing twice")
        return read

    def no_constant(name: str) -> None:
        raise DoesNotHold(f"{what} holds {name}, which is no JSON")

    try:
        read = json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise DoesNotHold(f"{what} is not JSON") from None
    if not isinstance(read, dict):
        raise DoesNotHold(f"{what} is not a JSON object")
    return read


# --- Keys --------------------------------------------------------------------------------------------------------


def read_keys(text: str) -> dict[str, bytes]:
    """Return {key id: Ed25519 public key}; the id is not believed but computed (RFC 7638)."""
    try:
        members = read_object(text.encode(), "the key set")["keys"]
        keys = [member for member in members if (member["kty"], member["crv"]) == ("OKP", "Ed25519")]
        found = {thumbprint(key["x"]): decode(key["x"], "a key") for key in keys}
    except (DoesNotHold, KeyError, TypeError) as error:
        raise CannotCheck(f"the key set cannot be read: {error}") from None
    if not found or any(len(key) != KEY_BYTES for key in found.values()):
        raise CannotCheck("the key set holds no Ed25519 keys")
    return found


def thumbprint(x: str) -> str:
    canonical = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


# --- The check ---------------------------------------------------------------------------------------------------


def check_receipt(text: str, keys: dict[str, bytes], say: Say, *, issuer: str | None = None) -> Object:
    """Check the signature and what the receipt says of itself; return what was signed."""
    if len(text) > LONGEST:
        raise DoesNotHold("this is too long to be a receipt")
    if not text.isascii():
        raise DoesNotHold("a receipt has letters without accents, figures, points, - and _ only")
    parts = text.removesuffix("\n").split(".")
    if len(parts) != 3:
        raise DoesNotHold("a receipt has three parts with points between them, and nothing before or after")
    header = read_object(decode(parts[0], "the header"), "the header")
    kind = check_header(header, keys)
    signature = decode(parts[2], "the signature")
    if len(signature) != SIGNATURE_BYTES:
        raise DoesNotHold("the signature is not 64 bytes")
    try:
        Ed25519PublicKey.from_public_bytes(keys[header["kid"]]).verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature:
        raise DoesNotHold("the signature is wrong: the receipt was changed, or another key signed it") from None
    payload = read_object(decode(parts[1], "the receipt"), "the receipt")
    if not isinstance(payload.get("iss"), str) or not payload["iss"]:
        raise DoesNotHold("the receipt does not say who signed it")
    if issuer is not None and payload["iss"] != issuer:
        raise DoesNotHold(f"the receipt is of {payload['iss']}, not of {issuer}")
    say(f"This is {kind}.")
    say(f"{payload['iss']} signed it with key {header['kid']}.")
    say("Nothing in it was changed since.")
    if header["typ"] == CONSENT:
        check_consent(payload, say)
    else:
        say(f"It says: {json.dumps(payload, ensure_ascii=False, sort_keys=True)}")
    return payload


def check_header(header: Object, keys: dict[str, bytes]) -> str:
    """Return what kind of receipt the header names. What it leaves to choose is refused, not followed."""
    if header.get("alg") != "Ed25519":
        raise DoesNotHold(f"receipts are signed with Ed25519, and not with {header.get('alg')!r}")
    if set(header) != {"alg", "kid", "typ"}:
        # Also `crit`, `jwk` and `jku`: a receipt brings neither rules nor keys of its own.
        raise DoesNotHold("the header holds something else than alg, kid and typ")
    if not isinstance(header["typ"], str) or header["typ"] not in KINDS:
        raise DoesNotHold(f"there is no receipt of the type {header['typ']!r}")
    if not isinstance(header["kid"], str) or header["kid"] not in keys:
        raise DoesNotHold(f"the key {header['kid']!r} is not in the key set")
    return KINDS[header["typ"]]


def check_consent(payload: Object, say: Say) -> None:
    """See that the forms in the receipt tell one story, and tell it."""
    try:
        receipt = payload["receipt"]
        record = receipt["dpv:hasRecordOfActivity"]
        event, processing = record["consent_events"][0], record["pii_processing"]
        same = {payload["jti"], receipt["dpv:hasIdentifier"], record["receipt_id"]}
        people = {record["pii_principal_id"]}
        kantara = payload.get("kantara")
        if kantara is not None:
            same.add(kantara["consentReceiptID"])
            people.add(kantara["piiPrincipalId"])
        if datetime.fromisoformat(event["event_time"]).timestamp() // 1 != payload["iat"]:
            raise DoesNotHold("the receipt names two times for one event")
        if len(same) != 1 or len(people) != 1:
            raise DoesNotHold("the forms in the receipt are not about the same choice")
        say(f"What happened: {event['event_type']} ({event['event_state']}), {spoken(event['event_time'])}.")
        say(f"Purpose: {processing['purpose']['title']}, version {processing['privacy_notice']['version']}.")
        say("Data: " + "; ".join(one["pii_title"] for one in processing["pii_information"]) + ".")
        say(f"SHA-256 of the text that was read: {processing['privacy_notice']['sha256']}.")
        say(f"Terms: {json.dumps(processing['terms'], ensure_ascii=False, sort_keys=True)}")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise DoesNotHold("the receipt lacks what a receipt of a choice says") from None


def spoken(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%d %B %Y at %H:%M:%S UTC")


# --- On the command line -----------------------------------------------------------------------------------------


def read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotCheck(f"{path} cannot be read: {error}") from None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("receipt", type=Path, help="the receipt, a file that ends in .jws")
    parser.add_argument("--keys", type=Path, required=True, help="the key set of the service, keys.json")
    parser.add_argument("--issuer", help="the address of the service that must have signed it")
    given = parser.parse_args(argv)

    def say(text: str) -> None:
        # What a receipt says could carry control characters that repaint a terminal.
        print("".join(one if one.isprintable() else "\ufffd" for one in text))  # noqa: T201

    try:
        check_receipt(read_file(given.receipt), read_keys(read_file(given.keys)), say, issuer=given.issuer)
    except DoesNotHold as failure:
        say(f"DOES NOT HOLD: {failure}")
        return 1
    except CannotCheck as failure:
        say(f"CANNOT CHECK: {failure}")
        return 2
    say("HOLDS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
