"""The key service is away: nothing opens, nothing is half-written, and it goes on by itself when it is back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client as Browser

from audit.models import Record
from consent.errors import KeyServiceUnavailable
from consent.keys.memory import memory
from consent.keys.models import ConsentKey
from consent.models import Consent
from consent.services.change import withdraw_consent
from sharing.models import Release
from tests.api import token_for
from tests.cast import ANNA_INCOME, Cast


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
