"""The stand-alone verifier accepts what the service signs, and nothing else."""

import ast
import base64
import hmac
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey
from pytest_django.fixtures import Settings

from consent.receipts import standalone_verifier
from consent.receipts.signing import KINDS, media_type, sign
from consent.receipts.signing_key import create_key_file, load_signing_key, public_keys, rotate_key_file
from consent.receipts.standalone_verifier import DoesNotHold, check_receipt, read_keys

PROGRAM = Path(standalone_verifier.__file__)
CLAIMS: dict[str, Any] = {
    "jti": "01936f00-0000-7000-8000-000000000001",
    "iat": 1795525200,
    "receipt": {
        "dpv:hasIdentifier": "01936f00-0000-7000-8000-000000000001",
        "dpv:hasRecordOfActivity": {
            "receipt_id": "01936f00-0000-7000-8000-000000000001",
            "pii_principal_id": "ab" * 32,
            "consent_events": [
                {"event_time": "2026-11-24T13:00:00Z", "event_type": "grant", "event_state": "dpv:ConsentGiven"}
            ],
            "pii_processing": {
                "purpose": {"title": "Toeslag voor Łódź"},
                "privacy_notice": {"version": 1, "sha256": "cd" * 32},
                "pii_information": [{"pii_title": "Inkomen"}],
                "terms": {"uses": 2},
            },
        },
    },
    "kantara": {"consentReceiptID": "01936f00-0000-7000-8000-000000000001", "piiPrincipalId": "ab" * 32},
}


class Given:
    """A folder with a signed receipt and the key set; no database and no service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.receipt = sign(CLAIMS, kind="consent")
        self.keys = json.dumps({"keys": public_keys()})

    def check(self, receipt: str, **options: Any) -> list[str]:
        said: list[str] = []
        check_receipt(receipt, read_keys(self.keys), said.append, **options)
        return said

    def run(self, receipt: str, *arguments: str, keys: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run the program as a stranger would: copied away, isolated from the source, from an empty folder."""
        (self.folder / "receipt.jws").write_text(receipt, encoding="utf-8")
        (self.folder / "keys.json").write_text(self.keys if keys is None else keys, encoding="utf-8")
        shutil.copy(PROGRAM, self.folder / "verifier.py")
        command = [sys.executable, "-I", "verifier.py", "receipt.jws", "--keys", "keys.json", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, env={})


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Given:
    settings.RECEIPT_SIGNING_KEY_FILE = tmp_path / "key"
    create_key_file(tmp_path / "key")
    return Given(tmp_path)


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_with(header: Any, payload: bytes, key: OKPKey | None = None) -> str:
    """Sign as the service never would: with any header and any bytes."""
    head = encode(header if isinstance(header, bytes) else json.dumps(header).encode())
    body = encode(payload)
    private = (key or load_signing_key()).private_key
    assert isinstance(private, Ed25519PrivateKey)
    return f"{head}.{body}.{encode(private.sign(f'{head}.{body}'.encode()))}"


def good_header(**other: Any) -> dict[str, Any]:
    return {"alg": "Ed25519", "kid": load_signing_key().thumbprint(), "typ": media_type("consent"), **other}


def good_payload(**other: Any) -> bytes:
    return json.dumps({"iss": "https://deelwijs.example", **CLAIMS, **other}).encode()


def test_what_the_service_signs_holds_and_is_told_in_words(made: Given) -> None:
    ran = made.run(made.receipt)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "https://deelwijs.example signed it" in ran.stdout
    assert "Toeslag voor Łódź, version 1" in ran.stdout
    assert "grant (dpv:ConsentGiven), 24 November 2026 at 13:00:00 UTC" in ran.stdout
    assert ran.stdout.endswith("HOLDS\n")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"consent"}))
def test_the_other_kinds_hold_too(made: Given, kind: str) -> None:
    said = made.check(sign({"what": "Łódź"}, kind=kind))
    assert said[-1] == 'It says: {"iss": "https://deelwijs.example", "what": "Łódź"}'


def test_it_knows_every_kind_that_is_signed() -> None:
    assert set(standalone_verifier.KINDS) == {media_type(kind) for kind in KINDS}


def test_a_receipt_from_before_a_rotation_holds(made: Given) -> None:
    rotate_key_file(made.folder / "key")
    made.keys = json.dumps({"keys": public_keys()})
    assert made.run(made.receipt).returncode == 0
    assert made.run(sign(CLAIMS, kind="consent")).returncode == 0


def test_a_changed_receipt_fails_with_1_and_the_reason(made: Given) -> None:
    head, _, signature = made.receipt.split(".")
    ran = made.run(f"{head}.{encode(good_payload(iat=1))}.{signature}")
    assert (ran.returncode, "DOES NOT HOLD: the signature is wrong" in ran.stdout) == (1, True)


ATTACKS: dict[str, Callable[[Given], str]] = {
    "half a character in the payload": lambda made: made.receipt.replace(".", ".\ud800", 1),
    "no algorithm": lambda _: f"{encode(json.dumps(good_header(alg='none')).encode())}.{encode(good_payload())}.",
    "no algorithm, with a signature": lambda _: signed_with(good_header(alg="none"), good_payload()),
    "the public key as a secret": lambda _: _hs256(),
    "an algorithm that leaves the curve open": lambda _: signed_with(good_header(alg="EdDSA"), good_payload()),
    "a key that nobody published": lambda _: _own_key(),
    "the id of the right key on another signature": lambda _: signed_with(
        good_header(), good_payload(), OKPKey.generate_key("Ed25519")
    ),
    "a key in the header": lambda _: signed_with(
        good_header(jwk=OKPKey.generate_key("Ed25519").as_dict(private=False)), good_payload()
    ),
    "an address of keys": lambda _: signed_with(good_header(jku="https://evil.example/keys"), good_payload()),
    "a rule of its own": lambda _: signed_with(good_header(crit=["b64"], b64=False), good_payload()),
    "another kind": lambda _: signed_with(good_header(typ=media_type("deletion") + "x"), good_payload()),
    "the type of any token": lambda _: signed_with(good_header(typ="JWT"), good_payload()),
    "no type": lambda _: signed_with({"alg": "Ed25519", "kid": good_header()["kid"]}, good_payload()),
    "a type that is no text": lambda _: signed_with(good_header(typ=["x"]), good_payload()),
    "a key id that is no text": lambda _: signed_with(good_header(kid=["x"]), good_payload()),
    "two algorithms": lambda _: signed_with(b'{"alg":"none",' + json.dumps(good_header()).encode()[1:], good_payload()),
    "one name twice in the receipt": lambda _: signed_with(good_header(), b'{"iat":1,' + good_payload()[1:]),
    "one name twice deep inside": lambda _: signed_with(
        good_header(), good_payload().replace(b'{"uses": 2}', b'{"uses": 2, "uses": 3}')
    ),
    "no number": lambda _: signed_with(good_header(), good_payload().replace(b'{"uses": 2}', b'{"uses": NaN}')),
    "no object": lambda _: signed_with(good_header(), b"[]"),
    "no JSON": lambda _: signed_with(good_header(), b"\xff"),
    "very deep": lambda _: signed_with(good_header(), b"[" * 100_000),
    "no issuer": lambda _: signed_with(good_header(), json.dumps(CLAIMS).encode()),
    "two identifiers": lambda _: signed_with(good_header(), good_payload(jti="another")),
    "two people": lambda _: signed_with(
        good_header(), good_payload(kantara={**CLAIMS["kantara"], "piiPrincipalId": "ef" * 32})
    ),
    "two times": lambda _: signed_with(good_header(), good_payload(iat=1)),
    "nothing of a receipt": lambda _: signed_with(good_header(), b'{"iss":"https://deelwijs.example"}'),
    "data behind it": lambda made: made.receipt + ".more",
    "a line behind it": lambda made: made.receipt + "\nmore",
    "two line ends behind it": lambda made: made.receipt + "\n\n",
    "a space before it": lambda made: " " + made.receipt,
    "padding": lambda made: made.receipt + "==",
    "a signature that is cut": lambda made: made.receipt[:-4],
    "stray bits": lambda made: made.receipt[:-1] + chr(ord(made.receipt[-1]) + 1),
    "standard base64": lambda made: made.receipt.replace(".", ".+", 1),
    "nothing": lambda _: "",
    "too long": lambda made: made.receipt + "A" * 5_000_000,
}


def _hs256() -> str:
    """Sign with the public key as the secret of an HMAC: what a verifier believes that follows the header."""
    public = public_keys()[0]
    text = f"{encode(json.dumps(good_header(alg='HS256')).encode())}.{encode(good_payload())}"
    return f"{text}.{encode(hmac.digest(base64.urlsafe_b64decode(public['x'] + '='), text.encode(), sha256))}"


def _own_key() -> str:
    key = OKPKey.generate_key("Ed25519")
    return jws.serialize_compact(good_header(kid=key.thumbprint()), good_payload(), key, algorithms=["Ed25519"])


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(made: Given, attack: str) -> None:
    with pytest.raises(DoesNotHold):
        made.check(ATTACKS[attack](made))


def test_the_attacks_start_from_what_would_hold(made: Given) -> None:
    assert made.check(signed_with(good_header(), good_payload()))
    assert made.check(made.receipt + "\n")


@hypothesis_settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_character_holds(made: Given, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(made.receipt) - 1))
    other = data.draw(st.characters().filter(lambda one: one != made.receipt[at]))
    with pytest.raises(DoesNotHold):
        made.check(made.receipt[:at] + other + made.receipt[at + 1 :])


@hypothesis_settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_any_text_is_refused_without_a_crash(made: Given, text: str) -> None:
    with pytest.raises(DoesNotHold):
        made.check(text)


def test_another_services_receipt_is_told_apart(made: Given) -> None:
    assert made.run(made.receipt, "--issuer", "https://deelwijs.example").returncode == 0
    assert made.run(made.receipt, "--issuer", "https://another.example").returncode == 1


@pytest.mark.parametrize("keys", ["", "{}", '{"keys": []}', '{"keys": [1]}', '{"keys": [{"kty": "OKP"}]}', "null"])
def test_without_a_key_set_nothing_is_shown(made: Given, keys: str) -> None:
    ran = made.run(made.receipt, keys=keys)
    assert (ran.returncode, ran.stdout.startswith("CANNOT CHECK"), ran.stderr) == (2, True, "")


def test_a_key_under_the_id_of_another_is_not_found(made: Given) -> None:
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    made.keys = json.dumps({"keys": [{**key, "kid": load_signing_key().thumbprint()}]})
    with pytest.raises(DoesNotHold, match="not in the key set"):
        made.check(made.receipt)


def test_what_a_receipt_says_cannot_repaint_the_terminal(made: Given) -> None:
    ran = made.run(signed_with(good_header(), good_payload(iss="https://x\x1b[2J")))
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout


def test_it_needs_only_the_standard_library_and_cryptography() -> None:
    imported = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported - sys.stdlib_module_names == {"cryptography"}
