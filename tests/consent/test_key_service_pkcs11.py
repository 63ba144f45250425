"""The key service in a token: SoftHSM, through the same module interface as a hardware security module."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from pytest_django import Settings

from consent.errors import DoesNotOpen, KeyDestroyed, KeyServiceUnavailable
from consent.keys.service import key_service
from consent.keys.service import pkcs11 as service_module
from consent.keys.service.lane import Lane
from consent.keys.service.pkcs11 import Pkcs11KeyService
from consent.keys.unavailable import reason_of
from tests.consent.key_services import PIN, SOFTHSM, TOKEN_LABEL, Running, init_token, run_pkcs11

# Newer Pythons warn of a fork beside threads. That is what is tried here.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

BASE = Path(__file__).resolve().parents[2]
KEY, PLACE = bytes(range(32)), b"the place of Anna's key"


@pytest.fixture
def running(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    yield run_pkcs11(settings, tmp_path, monkeypatch)
    key_service.cache_clear()


@pytest.fixture
def wrapped(running: Running) -> bytes:
    running.service.create("epoch-1")
    return running.service.wrap("epoch-1", KEY, PLACE)


def look_inside() -> Any:
    """Open a session of the test's own. The service's own session ends by it."""
    module = pkcs11.lib(str(SOFTHSM))
    module.reinitialize()
    return module.get_token(token_label=TOKEN_LABEL).open(rw=True, user_pin=PIN)


def keys_inside(session: Any, label: str) -> list[Any]:
    return list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label}))


def reason(error: pytest.ExceptionInfo[KeyServiceUnavailable]) -> str:
    return reason_of(error.value)


def test_a_key_never_leaves_the_token(running: Running, wrapped: bytes) -> None:
    session = look_inside()
    (key,) = keys_inside(session, "epoch-1")
    assert (key.key_type, key.key_length) == (KeyType.AES, 256)
    assert key[Attribute.SENSITIVE]
    assert key[Attribute.ALWAYS_SENSITIVE]
    assert key[Attribute.NEVER_EXTRACTABLE]
    assert key[Attribute.LOCAL]
    assert not key[Attribute.EXTRACTABLE]
    assert not key[Attribute.WRAP]
    with pytest.raises(pkcs11.AttributeSensitive):
        key[Attribute.VALUE]
    with pytest.raises(pkcs11.PKCS11Error):
        key.copy({Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False})
    with pytest.raises(pkcs11.PKCS11Error):
        key[Attribute.EXTRACTABLE] = True


def test_another_process_finds_the_keys_again_and_what_is_destroyed_stays_so(
    running: Running, wrapped: bytes, settings: Settings
) -> None:
    running.service.create("epoch-2")
    running.service.destroy("epoch-2")
    told = json.dumps(
        {
            "KEY_SERVICE_TIMEOUT": 5,
            "PKCS11_MODULE": str(SOFTHSM),
            "PKCS11_TOKEN": TOKEN_LABEL,
            "PKCS11_PIN": PIN,
            "wrapped": wrapped.hex(),
        }
    )
    ended = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS], cwd=BASE, input=told, capture_output=True, text=True, check=False
    )
    assert ended.stdout.split() == ["['epoch-1']", KEY.hex(), "gone"], ended.stderr


IN_ANOTHER_PROCESS = f"""
import json, sys
from datetime import timedelta
from django.conf import settings
told = json.load(sys.stdin)
wrapped = bytes.fromhex(told.pop("wrapped"))
settings.configure(**told | {{"KEY_SERVICE_TIMEOUT": timedelta(seconds=told["KEY_SERVICE_TIMEOUT"])}})
from consent.errors import KeyDestroyed
from consent.keys.service.pkcs11 import Pkcs11KeyService
service = Pkcs11KeyService()
print(service.names(), service.unwrap("epoch-1", wrapped, {PLACE!r}).hex())
try:
    service.unwrap("epoch-2", wrapped, {PLACE!r})
except KeyDestroyed:
    print("gone")
"""


def test_a_wrap_of_anna_does_not_open_for_bram(running: Running, wrapped: bytes) -> None:
    with pytest.raises(DoesNotOpen):
        running.service.unwrap("epoch-1", wrapped, b"the place of Bram's key")


def test_a_session_that_died_is_opened_anew(running: Running, wrapped: bytes) -> None:
    pkcs11.lib(str(SOFTHSM)).finalize()
    assert running.service.unwrap("epoch-1", wrapped, PLACE) == KEY
    pkcs11.lib(str(SOFTHSM)).reinitialize()
    with pytest.raises(DoesNotOpen):
        running.service.unwrap("epoch-1", wrapped, b"elsewhere")
    pkcs11.lib(str(SOFTHSM)).reinitialize()
    running.service.destroy("epoch-1")
    with pytest.raises(KeyDestroyed):
        running.service.unwrap("epoch-1", wrapped, PLACE)


def test_a_wrong_pin_is_tried_once_because_tokens_lock_themselves(
    running: Running, wrapped: bytes, settings: Settings
) -> None:
    settings.PKCS11_PIN = "a wrong PIN"
    running.restart()
    with pytest.raises(KeyServiceUnavailable) as refused:
        running.service.names()
    assert "PinIncorrect" in reason(refused)
    settings.PKCS11_PIN = PIN
    with pytest.raises(KeyServiceUnavailable) as refused:
        running.service.names()
    assert "not tried again" in reason(refused)
    running.restart()
    assert running.service.names() == ["epoch-1"]


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("PKCS11_TOKEN", "another token", "NoSuchToken"),
        ("PKCS11_MODULE", Path("/nonexistent/module.so"), "cannot open shared object"),
        ("PKCS11_MODULE", Path("/lib/x86_64-linux-gnu/libc.so.6"), "undefined symbol"),
        ("PKCS11_PIN", "", "Pin"),
    ],
)
def test_what_is_not_the_token_is_unavailable(
    running: Running, wrapped: bytes, settings: Settings, setting: str, value: Any, why: str
) -> None:
    setattr(settings, setting, value)
    running.restart()
    with pytest.raises(KeyServiceUnavailable) as refused:
        running.service.unwrap("epoch-1", wrapped, PLACE)
    assert why in reason(refused)
    assert PIN not in reason(refused)


def test_two_tokens_with_one_label_are_unavailable(running: Running, wrapped: bytes, tmp_path: Path) -> None:
    init_token(tmp_path / "tokens")
    running.restart()
    with pytest.raises(KeyServiceUnavailable) as refused:
        running.service.unwrap("epoch-1", wrapped, PLACE)
    assert "MultipleTokensReturned" in reason(refused)


@pytest.mark.parametrize(
    "made", [{Attribute.EXTRACTABLE: True}, {Attribute.SENSITIVE: False}, {Attribute.COPYABLE: True}]
)
def test_a_key_that_others_could_take_out_is_not_used(
    running: Running, wrapped: bytes, made: dict[Attribute, bool]
) -> None:
    template = {**service_module._LOCKED_IN, **made}
    look_inside().generate_key(KeyType.AES, 256, label="epoch-2", store=True, template=template)
    with pytest.raises(KeyServiceUnavailable) as refused:
        running.service.create("epoch-2")
    assert "made by others" in reason(refused)


def test_of_several_keys_with_one_name_each_opens_what_it_wrapped_and_none_survives(
    running: Running, wrapped: bytes
) -> None:
    session = look_inside()
    service_module._generate(session, "epoch-1")
    assert len(keys_inside(session, "epoch-1")) == 2
    assert running.service.unwrap("epoch-1", wrapped, PLACE) == KEY
    assert running.service.unwrap("epoch-1", running.service.wrap("epoch-1", KEY, PLACE), PLACE) == KEY
    with pytest.raises(DoesNotOpen):
        running.service.unwrap("epoch-1", wrapped, b"elsewhere")
    assert running.service.names() == ["epoch-1"]
    running.service.destroy("epoch-1")
    assert keys_inside(look_inside(), "epoch-1") == []
    with pytest.raises(KeyDestroyed):
        running.service.unwrap("epoch-1", wrapped, PLACE)


def test_processes_that_start_at_once_open_what_each_wrapped(running: Running, tmp_path: Path) -> None:
    start = time.monotonic() + 0.1
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                time.sleep(max(0, start - time.monotonic()))
                running.service.create("epoch-1")
                (tmp_path / str(number)).write_bytes(running.service.wrap("epoch-1", KEY, PLACE))
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 3
    for number in range(3):
        assert running.service.unwrap("epoch-1", (tmp_path / str(number)).read_bytes(), PLACE) == KEY


def test_a_token_that_hangs_keeps_nobody(
    running: Running, wrapped: bytes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEY_SERVICE_TIMEOUT = timedelta(milliseconds=100)
    go_on = threading.Event()
    asked = service_module._living_keys

    def hang(*arguments: Any) -> list[Any]:
        go_on.wait()
        return asked(*arguments)

    monkeypatch.setattr(service_module, "_living_keys", hang)
    for _ in range(2):
        begun = time.monotonic()
        with pytest.raises(KeyServiceUnavailable) as refused:
            running.service.unwrap("epoch-1", wrapped, PLACE)
        assert time.monotonic() - begun < 2
        assert "0.1 seconds" in reason(refused)
    go_on.set()
    settings.KEY_SERVICE_TIMEOUT = timedelta(seconds=5)
    assert running.service.unwrap("epoch-1", wrapped, PLACE) == KEY


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    lane, go_on, done = Lane(), threading.Event(), []
    with pytest.raises(TimeoutError):
        lane.run(go_on.wait, seconds=0.01)
    with pytest.raises(TimeoutError):
        lane.run(lambda: done.append("too late"), seconds=0.01)
    go_on.set()
    assert lane.run(lambda: "in time", seconds=5) == "in time"
    assert done == []


@pytest.mark.parametrize("sealed", [b"", b"x" * 60, bytes(40)])
def test_a_token_that_wraps_nonsense_is_unavailable(
    running: Running, wrapped: bytes, monkeypatch: pytest.MonkeyPatch, sealed: bytes
) -> None:
    monkeypatch.setattr(service_module, "_encrypt", lambda *_: sealed)
    with pytest.raises(KeyServiceUnavailable):
        running.service.wrap("epoch-1", KEY, PLACE)


def test_a_broken_token_is_no_changed_wrap(running: Running, wrapped: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> bytes:
        raise pkcs11.GeneralError

    monkeypatch.setattr(service_module, "_decrypt", fail)
    with pytest.raises(KeyServiceUnavailable):
        running.service.unwrap("epoch-1", wrapped, PLACE)


def test_an_opened_key_of_another_length_is_nonsense(
    running: Running, wrapped: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "_decrypt", lambda *_: b"short")
    with pytest.raises(KeyServiceUnavailable):
        running.service.unwrap("epoch-1", wrapped, PLACE)


def test_two_services_in_one_process_share_the_module(running: Running, wrapped: bytes) -> None:
    other = Pkcs11KeyService()
    for _ in range(2):
        assert other.unwrap("epoch-1", wrapped, PLACE) == KEY
        assert running.service.unwrap("epoch-1", wrapped, PLACE) == KEY
