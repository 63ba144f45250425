"""The key service is away, slow or talks nonsense: nothing opens, nothing is half-written, and it goes on by itself."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client as Browser
from pytest_django import Settings

from audit.models import Record
from consent.errors import KeyServiceUnavailable
from consent.keys.memory import memory
from consent.keys.models import ConsentKey
from consent.keys.service import key_service
from consent.models import Consent
from consent.services.change import withdraw_consent
from sharing.models import Release
from tests.api import token_for
from tests.cast import ANNA_INCOME, Cast, make_cast
from tests.consent.key_services import uses_transit
from tests.consent.transit_server import TransitServer


@contextmanager
def key_service_gone() -> Iterator[None]:
    """Take the folder of the keys away, as a disk that is not mounted, and forget what was opened before."""
    folder = Path(settings.KEY_SERVICE_FOLDER)
    away = folder.with_name("away")
    folder.rename(away)
    memory.forget()
    try:
        yield
    finally:
        away.rename(folder)


def ask_release(cast: Cast, request_id: UUID) -> tuple[int, bytes]:
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}", "idempotency-key": "key-1"}
    answer = Browser(raise_request_exception=False).post(
        "/api/v1/releases", {"requestId": str(request_id)}, content_type="application/json", headers=headers
    )
    return answer.status_code, answer.content


def test_nothing_is_released_and_no_use_is_taken(cast: Cast) -> None:
    consent = cast.grant(uses=1)
    request = cast.ask()
    with key_service_gone():
        status, body = ask_release(cast, request.pk)
    assert (status, json.loads(body)["code"]) == (503, "key-service-unavailable")
    assert str(ANNA_INCOME).encode() not in body
    assert not Release.objects.exists()
    assert Record.objects.get(action="sharing.released").outcome == "failed"
    consent.refresh_from_db()
    assert consent.uses_taken == 0
    status, body = ask_release(cast, request.pk)
    assert status == 201
    assert str(ANNA_INCOME).encode() in body


@pytest.fixture
def transit(own_files: None, settings: Settings) -> Iterator[TransitServer]:
    """A transit engine, in which the cast's keys are made."""
    server = TransitServer()
    with server.listening():
        uses_transit(settings, server)
        yield server


@contextmanager
def slow(transit: TransitServer) -> Iterator[None]:
    before = settings.KEY_SERVICE_TIMEOUT
    settings.KEY_SERVICE_TIMEOUT = timedelta(milliseconds=100)
    key_service.cache_clear()
    transit.delay_seconds = 0.3
    yield
    transit.delay_seconds = 0
    settings.KEY_SERVICE_TIMEOUT = before
    key_service.cache_clear()


@contextmanager
def nonsensical(transit: TransitServer) -> Iterator[None]:
    transit.nonsense = (200, b"<html>tea</html>")
    yield
    transit.nonsense = None


@contextmanager
def lying(transit: TransitServer) -> Iterator[None]:
    """Answer in the right form with a key of the wrong length."""
    transit.lies = {"plaintext": b64encode(b"k" * 16).decode()}
    yield
    transit.lies = {}


@contextmanager
def without_memory(trouble: AbstractContextManager[None]) -> Iterator[None]:
    """Meet `trouble` in a process that has opened nothing yet."""
    memory.forget()
    with trouble:
        yield


@pytest.mark.parametrize("trouble", [slow, nonsensical, lying])
def test_a_service_that_is_slow_or_talks_nonsense_releases_nothing(
    db: None, transit: TransitServer, trouble: Callable[[TransitServer], AbstractContextManager[None]]
) -> None:
    # A cast of its own: the one that is copied has its keys in files.
    cast = make_cast()
    consent = cast.grant(uses=1)
    request = cast.ask()
    with without_memory(trouble(transit)):
        status, body = ask_release(cast, request.pk)
    assert (status, json.loads(body)["code"]) == (503, "key-service-unavailable")
    assert str(ANNA_INCOME).encode() not in body
    assert not Release.objects.exists()
    assert Record.objects.get(action="sharing.released").outcome == "failed"
    consent.refresh_from_db()
    assert consent.uses_taken == 0
    status, body = ask_release(cast, request.pk)
    assert status == 201
    assert str(ANNA_INCOME).encode() in body


def test_nothing_is_granted(cast: Cast) -> None:
    with key_service_gone(), pytest.raises(KeyServiceUnavailable):
        cast.grant()
    assert not Consent.objects.exists()
    assert cast.grant().state == "given"


def test_a_withdrawal_does_not_wait_for_it(cast: Cast) -> None:
    consent = cast.grant()
    with key_service_gone():
        assert withdraw_consent(citizen=cast.anna, consent_id=consent.pk).state == "withdrawn"
        assert ConsentKey.objects.get(consent_id=consent.pk).wrapped is None
