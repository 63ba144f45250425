"""Receipts are signed with a key that is kept secret, never overwritten, and followed by the next without a loss."""

import base64
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.checks import CheckMessage, run_checks
from django.core.management import CommandError, call_command
from django.test import Client
from joserfc import jws
from joserfc.jwk import KeySet
from pytest_django.fixtures import Settings

from consent.errors import ReceiptKeyUnusable
from consent.receipts.signing import KINDS, media_type, sign
from consent.receipts.signing_key import public_keys


@pytest.fixture
def file(settings: Settings, tmp_path: Path) -> Path:
    settings.RECEIPT_SIGNING_KEY_FILE = tmp_path / "receipts" / "key"
    return tmp_path / "receipts" / "key"


def create(*arguments: str) -> str:
    out = StringIO()
    call_command("create_receipt_key", *arguments, stdout=out)
    return out.getvalue().strip()


def header_of(signed: str) -> dict[str, Any]:
    part = signed.split(".")[0]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read


@pytest.mark.parametrize("kind", KINDS)
def test_a_receipt_says_who_signed_it_with_what_key_and_what_it_is(file: Path, kind: str) -> None:
    kid = create()
    signed = sign({"what": "Łódź"}, kind=kind)
    assert header_of(signed) == {"alg": "Ed25519", "kid": kid, "typ": f"vnd.deelwijs.{kind}-receipt+jws"}
    opened = jws.deserialize_compact(signed, KeySet.import_key_set({"keys": public_keys()}), algorithms=["Ed25519"])
    assert json.loads(opened.payload or b"") == {"iss": configured.SERVICE_ADDRESS, "what": "Łódź"}


def test_the_same_payload_gives_the_same_receipt(file: Path) -> None:
    create()
    assert sign({"a": 1, "b": 2}, kind="consent") == sign({"b": 2, "a": 1}, kind="consent")


def test_each_kind_has_a_type_of_its_own() -> None:
    assert len({media_type(kind) for kind in KINDS}) == len(KINDS) == 4


def test_another_kind_is_refused(file: Path) -> None:
    create()
    with pytest.raises(ValueError, match="invoice"):
        sign({}, kind="invoice")


def test_only_its_owner_can_read_the_key(file: Path) -> None:
    create()
    assert file.stat().st_mode & 0o777 == 0o600
    create("--rotate")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_key_is_never_overwritten(file: Path) -> None:
    create()
    before = file.read_text(encoding="utf-8")
    with pytest.raises(CommandError, match="worthless"):
        create()
    assert create("--if-missing") == ""
    assert file.read_text(encoding="utf-8") == before


def test_after_rotation_older_receipts_verify_and_nobody_can_sign_with_the_old_key(file: Path) -> None:
    old = create()
    signed = sign({"a": 1}, kind="consent")
    newer = create("--rotate")
    newest = create("--rotate")
    assert [key["kid"] for key in public_keys()] == [newest, newer, old]
    jws.deserialize_compact(signed, KeySet.import_key_set({"keys": public_keys()}), algorithms=["Ed25519"])
    assert header_of(sign({"a": 1}, kind="consent"))["kid"] == newest
    assert ["d" in key for key in json.loads(file.read_text(encoding="utf-8"))["keys"]] == [True, False, False]


def test_there_is_nothing_to_rotate_without_a_key(file: Path) -> None:
    with pytest.raises(CommandError, match="create_receipt_key"):
        create("--rotate")


@pytest.mark.parametrize("content", ["", "{}", '{"keys": []}', "[]", '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'])
def test_a_damaged_key_is_refused_without_showing_it(file: Path, content: str) -> None:
    create()
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ReceiptKeyUnusable) as refused:
        sign({}, kind="consent")
    assert "c2VjcmV0" not in str(refused.value)
    assert refused.value.status == 503


def test_a_key_set_that_begins_with_a_public_key_cannot_sign(file: Path) -> None:
    create()
    file.write_text(json.dumps({"keys": public_keys()}), encoding="utf-8")
    with pytest.raises(ReceiptKeyUnusable):
        sign({}, kind="consent")


def test_the_keys_are_published_without_their_private_half(file: Path) -> None:
    old, new = create(), create("--rotate")
    answer = Client().get("/receipts/keys.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Content-Type"] == "application/jwk-set+json"
    keys = answer.json()["keys"]
    assert [key["kid"] for key in keys] == [new, old]
    assert all(set(key) == {"kty", "crv", "x", "kid", "alg", "use"} for key in keys)


def test_without_a_key_the_key_set_says_so(file: Path) -> None:
    assert Client().get("/receipts/keys.json").status_code == 503


def found() -> list[CheckMessage]:
    return [
        message for message in run_checks() if message.id in ("consent.W001", *(f"consent.E00{n}" for n in (1, 2, 3)))
    ]


def test_a_sound_deployment_has_nothing_to_say(file: Path) -> None:
    create()
    assert found() == []


def test_a_missing_key_is_warned_of(file: Path) -> None:
    (message,) = found()
    assert (message.id, message.is_serious()) == ("consent.W001", False)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_can_read_is_found(file: Path, mode: int) -> None:
    create()
    file.chmod(mode)
    assert [message.id for message in found()] == ["consent.E001"]


def test_a_damaged_key_is_found(file: Path) -> None:
    create()
    file.write_text("damaged", encoding="utf-8")
    assert [message.id for message in found()] == ["consent.E002"]


@pytest.mark.parametrize("address", ["http://deelwijs.example", "https://deelwijs.example/path"])
def test_an_address_that_is_none_of_a_production_is_found(file: Path, settings: Settings, address: str) -> None:
    create()
    settings.SERVICE_ADDRESS = address
    assert [message.id for message in found()] == ["consent.E003"]


def checked() -> list[str | None]:
    return [message.id for message in run_checks() if message.id in {"consent.W001", "consent.E001", "consent.E002"}]


def test_a_missing_open_or_damaged_key_is_found_before_the_service_starts(file: Path) -> None:
    assert checked() == ["consent.W001"]
    create()
    assert checked() == []
    file.chmod(0o640)
    assert checked() == ["consent.E001"]
    file.chmod(0o600)
    file.write_text("damaged", encoding="utf-8")
    assert checked() == ["consent.E002"]
