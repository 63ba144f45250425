"""/health/ says which part fails, and not why."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit.entry import Entry
from audit.services.append import append_entry
from consent.keys.models import Epoch


def test_a_whole_service_is_well(client: Client, epoch: Epoch) -> None:
    response = client.get("/health/")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "parts": {"database": "ok", "queue": "ok", "keys": "ok", "log": "ok"},
        "oldestPendingSeconds": None,
        "failedMails": 0,
    }


def test_the_oldest_pending_entry_is_told(client: Client, epoch: Epoch) -> None:
    append_entry(Entry(action="service.refused", outcome="refused"))
    assert client.get("/health/").json()["oldestPendingSeconds"] >= 0


def test_a_log_that_breaks_its_promise_is_not_well(client: Client, epoch: Epoch, settings: Settings) -> None:
    append_entry(Entry(action="service.refused", outcome="refused"))
    later = timezone.now() + settings.LOG_PROMISED_DELAY + timedelta(seconds=1)
    with mock.patch("deploy.health.timezone.now", return_value=later):
        response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["parts"]["log"] == "failing"


@pytest.mark.parametrize("part", ["database", "queue", "keys"])
def test_a_part_that_fails_is_named_without_a_reason(client: Client, epoch: Epoch, part: str) -> None:
    broken = mock.Mock(side_effect=OperationalError("host db.internal: password of deelwijs is wrong"))
    with mock.patch.dict("deploy.health.PARTS", {part: broken}):
        response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["parts"][part] == "failing"
    assert "internal" not in response.content.decode()


def test_a_key_service_without_a_key_is_not_well(client: Client, db: None) -> None:
    assert client.get("/health/").json()["parts"]["keys"] == "failing"


def test_it_answers_over_plain_http_and_changes_nothing(client: Client, epoch: Epoch, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/").status_code == 200
    assert client.post("/health/").status_code == 405
