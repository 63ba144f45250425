"""The key service in a transit engine: what a server, a network and a policy do to keys."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from consent.errors import DoesNotOpen, KeyDestroyed, KeyServiceUnavailable
from consent.keys.service import KeyService, key_service
from consent.keys.service.transit import TransitKeyService
from consent.keys.unavailable import reason_of
from tests.consent.key_services import uses_transit
from tests.consent.test_key_services import ALL_METHODS
from tests.consent.transit_server import TransitServer

KEY, PLACE = bytes(range(32)), b"the place of Anna's key"
# What a proxy, another program at the address or a broken engine could answer: status and body.
NONSENSE = (
    (200, b""),
    (200, b"<html>the office of the municipality</html>"),
    (200, b"[]"),
    (200, b'"vault"'),
    (200, b'{"data": null}'),
    (200, b'{"data": {}}'),
    (200, b'{"data": {"keys": [1], "name": 1, "ciphertext": 1, "plaintext": 1}}'),
    (200, b'{"data": {"keys": "epoch-1", "name": "epoch-1", "ciphertext": "", "plaintext": ""}}'),
    (200, b"\xff\xfe"),
    (200, b"[" * 100_000),
    (204, b""),
    (307, b""),
    (400, b"[]"),
    (400, b'{"errors": [1]}'),
    (404, b"<html>no such page</html>"),
    (429, b'{"errors": ["rate limited"]}'),
    (500, b'{"errors": ["internal error"]}'),
    (502, b""),
)


@pytest.fixture
def transit(settings: Settings) -> Iterator[TransitServer]:
    server = TransitServer()
    with server.listening():
        uses_transit(settings, server)
        yield server
    key_service.cache_clear()


@pytest.fixture
def service(transit: TransitServer) -> KeyService:
    service = key_service()
    service.create("epoch-1")
    return service


@pytest.fixture
def wrapped(service: KeyService) -> bytes:
    return service.wrap("epoch-1", KEY, PLACE)


def all_are_unavailable(service: KeyService, wrapped: bytes, *, but: tuple[str, ...] = ()) -> None:
    for name in sorted(set(ALL_METHODS) - set(but)):
        with pytest.raises(KeyServiceUnavailable):
            ALL_METHODS[name](service, wrapped)


def test_a_key_cannot_be_taken_out(transit: TransitServer, service: KeyService) -> None:
    for name in ("epoch-1", "deelwijs-keys"):
        key = transit.keys[name]
        assert key["type"] == "aes256-gcm96"
        assert (key["exportable"], key["allow_plaintext_backup"], key["deletion_allowed"]) == (False, False, False)


def test_a_wrap_of_anna_does_not_open_for_bram(service: KeyService, wrapped: bytes) -> None:
    assert wrapped.startswith(b"vault:v1:")
    with pytest.raises(DoesNotOpen):
        service.unwrap("epoch-1", wrapped, b"the place of Bram's key")


def test_wrapping_never_makes_a_key_even_where_the_policy_would_let_it(
    transit: TransitServer, service: KeyService
) -> None:
    transit.may_create_on_encrypt = True
    with pytest.raises(KeyDestroyed):
        service.wrap("epoch-2", KEY, PLACE)
    # The key may also go between the look and the encryption.
    assert isinstance(service, TransitKeyService)
    with pytest.raises(KeyServiceUnavailable):
        service._encrypt("epoch-2", KEY, PLACE)
    assert set(transit.keys) == {"epoch-1", "deelwijs-keys"}


@pytest.mark.parametrize("may_create_on_encrypt", [False, True])
def test_an_engine_that_lost_everything_is_not_taken_for_ours(
    transit: TransitServer, service: KeyService, wrapped: bytes, may_create_on_encrypt: bool
) -> None:
    transit.may_create_on_encrypt = may_create_on_encrypt
    transit.keys.clear()
    all_are_unavailable(service, wrapped, but=("create",))
    assert transit.keys == {}


def test_another_mount_is_unavailable(
    transit: TransitServer, service: KeyService, wrapped: bytes, settings: Settings
) -> None:
    settings.TRANSIT_MOUNT = "elsewhere"
    all_are_unavailable(service, wrapped)


def test_the_namespace_goes_along(transit: TransitServer, settings: Settings) -> None:
    transit.namespace = "gemeente/almere"
    with pytest.raises(KeyServiceUnavailable):
        key_service().create("epoch-1")
    uses_transit(settings, transit)
    key_service().create("epoch-1")
    assert key_service().names() == ["epoch-1"]


def test_nonsense_is_unavailable_for_every_question(
    transit: TransitServer, service: KeyService, wrapped: bytes
) -> None:
    for nonsense in NONSENSE:
        transit.nonsense = nonsense
        all_are_unavailable(service, wrapped, but=("destroy",))
    transit.nonsense = None
    assert service.unwrap("epoch-1", wrapped, PLACE) == KEY
    for nonsense in NONSENSE:
        transit.nonsense = nonsense
        # It may be done all the same, by an engine whose answer was lost; who was not told so asks again.
        with pytest.raises(KeyServiceUnavailable):
            service.destroy("epoch-1")


def test_an_opened_key_that_is_none_is_nonsense(transit: TransitServer, service: KeyService, wrapped: bytes) -> None:
    short, long = b64encode(b"k" * 16).decode(), b64encode(b"k" * 33).decode()
    for plaintext in (None, 5, "", "no base64!", "é", short, long):
        transit.lies = {"plaintext": plaintext}
        all_are_unavailable(service, wrapped, but=("create", "names", "destroy"))


def test_a_wrap_that_would_not_open_again_is_not_given_out(transit: TransitServer, service: KeyService) -> None:
    for ciphertext in (None, 5, "", "vault:v1:AAAA", "é"):
        transit.lies = {"ciphertext": ciphertext}
        with pytest.raises(KeyServiceUnavailable):
            service.wrap("epoch-1", KEY, PLACE)


def test_a_wrap_of_another_key_is_not_given_out(transit: TransitServer, service: KeyService) -> None:
    transit.lies = {"ciphertext": service.wrap("epoch-1", bytes(32), PLACE).decode()}
    with pytest.raises(KeyServiceUnavailable):
        service.wrap("epoch-1", KEY, PLACE)


def test_a_key_of_another_name_is_nonsense(transit: TransitServer, service: KeyService, wrapped: bytes) -> None:
    transit.lies = {"name": "epoch-7"}
    all_are_unavailable(service, wrapped, but=("names", "unwrap"))
    with pytest.raises(KeyServiceUnavailable):
        service.unwrap("epoch-1", wrapped, b"elsewhere")
    assert "epoch-1" in transit.keys


def test_a_sealed_server_is_unavailable(transit: TransitServer, service: KeyService, wrapped: bytes) -> None:
    transit.sealed = True
    all_are_unavailable(service, wrapped)
    transit.sealed = False
    assert service.unwrap("epoch-1", wrapped, PLACE) == KEY


def test_a_slow_server_keeps_nobody(
    transit: TransitServer, service: KeyService, wrapped: bytes, settings: Settings
) -> None:
    settings.KEY_SERVICE_TIMEOUT = timedelta(milliseconds=100)
    hasty = TransitKeyService()
    assert hasty.unwrap("epoch-1", wrapped, PLACE) == KEY
    transit.delay_seconds = 0.5
    begun = time.monotonic()
    all_are_unavailable(hasty, wrapped)
    assert time.monotonic() - begun < 2
    transit.delay_seconds = 0
    assert hasty.unwrap("epoch-1", wrapped, PLACE) == KEY


def test_a_token_that_is_refused_is_unavailable(transit: TransitServer, service: KeyService, wrapped: bytes) -> None:
    transit.token = "another token"
    all_are_unavailable(service, wrapped)


def test_a_token_in_a_file_is_read_anew_when_it_is_refused(
    transit: TransitServer, service: KeyService, wrapped: bytes, settings: Settings, tmp_path: Path
) -> None:
    settings.TRANSIT_TOKEN_FILE = tmp_path / "token"
    transit.token = "the token after renewal"
    all_are_unavailable(service, wrapped)
    settings.TRANSIT_TOKEN_FILE.write_text("not the right one either\n")
    all_are_unavailable(service, wrapped)
    settings.TRANSIT_TOKEN_FILE.write_text("the token after renewal\n")
    assert service.unwrap("epoch-1", wrapped, PLACE) == KEY
    transit.asked.clear()
    assert service.unwrap("epoch-1", wrapped, PLACE) == KEY
    assert len(transit.asked) == 1


def test_a_token_is_not_sent_where_an_answer_points(
    transit: TransitServer, service: KeyService, wrapped: bytes
) -> None:
    elsewhere = TransitServer(token=transit.token, keys=transit.keys)
    with elsewhere.listening():
        transit.nonsense, transit.location = (307, b""), f"{elsewhere.address}/v1/transit/keys/epoch-1"
        all_are_unavailable(service, wrapped)
    assert elsewhere.asked == []


def test_an_engine_that_overlooks_associated_data_is_not_used(transit: TransitServer) -> None:
    transit.overlooks_associated_data = True
    with pytest.raises(KeyServiceUnavailable) as refused:
        key_service().create("epoch-1")
    assert "associated data" in reason_of(refused.value)


def test_a_key_that_others_made_otherwise_is_not_used(transit: TransitServer, service: KeyService) -> None:
    otherwise: dict[str, Any] = {
        "exportable": True,
        "allow_plaintext_backup": True,
        "derived": True,
        "type": "aes128-gcm96",
    }
    for field, value in otherwise.items():
        transit.keys["epoch-2"] = {**transit.keys["epoch-1"], "name": "epoch-2", field: value}
        with pytest.raises(KeyServiceUnavailable) as refused:
            service.create("epoch-2")
        assert "made by others" in reason_of(refused.value)


def test_a_soft_deleted_key_is_not_gone_until_it_is_destroyed(
    transit: TransitServer, service: KeyService, wrapped: bytes
) -> None:
    transit.keys["epoch-1"] |= {"soft_deleted": True, "deletion_allowed": True}
    for method in ("wrap", "unwrap"):
        with pytest.raises(KeyServiceUnavailable):
            ALL_METHODS[method](service, wrapped)
    service.destroy("epoch-1")
    assert set(transit.keys) == {"deelwijs-keys"}
    with pytest.raises(KeyDestroyed):
        service.unwrap("epoch-1", wrapped, PLACE)


def test_neither_keys_nor_tokens_stand_in_the_log(
    transit: TransitServer, service: KeyService, wrapped: bytes, settings: Settings
) -> None:
    secrets = [b64encode(KEY).decode(), wrapped.decode(), transit.token]
    # What a proxy that shows the request in its page would send.
    for status in (200, 400, 403, 500):
        transit.nonsense = (status, json.dumps({"errors": secrets, "data": dict.fromkeys(secrets)}).encode())
        with capture_logs() as lines:
            all_are_unavailable(service, wrapped)
        assert lines
        assert not [secret for secret in secrets if secret in str(lines)]
    settings.TRANSIT_ADDRESS = "http://127.0.0.1:1"
    with capture_logs() as lines:
        all_are_unavailable(TransitKeyService(), wrapped)
    assert "ConnectionError" in str(lines)
    assert not [secret for secret in secrets if secret in str(lines)]
