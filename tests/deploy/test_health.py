"""/health/ says which part fails, and not why."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest import mock
from uuid import uuid4

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from audit.entry import Entry
from audit.services.alarm import end_alarm, raise_alarm
from audit.services.append import append_entry
from consent.keys.epoch import start_epoch
from consent.keys.keystore import APART
from consent.keys.models import Epoch, PurposeKey
from consent.keys.ring import open_purpose_key, purpose_key
from consent.keys.service import key_service
from consent.models import KeyOrder
from deploy.health import OLDEST_KEY_ORDER
from tests.conftest import TestDatabase
from tests.consent.key_services import uses_transit
from tests.consent.keys.apart import keystore_apart
from tests.consent.transit_server import TransitServer

__all__ = ["keystore_apart"]


def test_a_whole_service_is_well(client: Client, epoch: Epoch) -> None:
    response = client.get("/health/")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "parts": dict.fromkeys(["database", "queue", "keys", "erasure", "clock", "log"], "ok"),
        "oldestPendingSeconds": None,
        "failedMails": 0,
    }


def test_the_oldest_pending_entry_is_told(client: Client, epoch: Epoch) -> None:
    append_entry(Entry(action="service.refused", outcome="refused"))
    assert client.get("/health/").json()["oldestPendingSeconds"] >= 0


def test_a_log_that_breaks_its_promise_degrades_the_service_and_keeps_it_up(
    client: Client, epoch: Epoch, settings: Settings
) -> None:
    """One row in the database must not be enough to have a load balancer take everything away."""
    append_entry(Entry(action="service.refused", outcome="refused"))
    later = timezone.now() + settings.LOG_PROMISED_DELAY + timedelta(seconds=1)
    with mock.patch("deploy.health.timezone.now", return_value=later):
        response = client.get("/health/")
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["parts"]["log"]) == ("degraded", "degraded")


def test_an_alarm_about_the_log_degrades_it_until_it_is_over(client: Client, epoch: Epoch) -> None:
    raise_alarm(kind="log-altered", where="leaf 5, entry x", explanation="secret")
    response = client.get("/health/")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert "altered" not in response.content.decode()
    end_alarm(kind="log-altered", where="leaf 5, entry x")
    assert client.get("/health/").json()["status"] == "ok"


@pytest.mark.parametrize("part", ["database", "queue", "keys", "erasure", "clock"])
def test_a_part_that_fails_is_named_without_a_reason(client: Client, epoch: Epoch, part: str) -> None:
    broken = mock.Mock(side_effect=OperationalError("host db.internal: password of deelwijs is wrong"))
    with mock.patch.dict("deploy.health.PARTS", {part: broken}):
        response = client.get("/health/")
    assert response.status_code == 503
    assert response.json()["parts"][part] == "failing"
    assert "internal" not in response.content.decode()


def test_a_key_service_without_a_key_is_not_well(client: Client, db: None) -> None:
    assert keys_are(client, "failing")


def test_an_epoch_whose_key_is_not_named_is_not_well(client: Client, epoch: Epoch, settings: Settings) -> None:
    key_file(settings, epoch).rename(settings.KEY_SERVICE_FOLDER / "epoch-7.key")
    assert keys_are(client, "failing")


def test_a_key_service_that_lists_its_keys_and_opens_nothing_is_not_well(
    client: Client, epoch: Epoch, settings: Settings
) -> None:
    opened = open_purpose_key(purpose_key("vault").pk)
    assert keys_are(client, "ok")
    key_file(settings, epoch).write_bytes(b"k" * 32)
    assert key_service().names() == [epoch.key_name]
    # What was opened before is remembered, and proves nothing.
    assert open_purpose_key(purpose_key("vault").pk) == opened
    assert keys_are(client, "failing")


def test_asking_for_health_makes_no_key(client: Client, epoch: Epoch) -> None:
    assert keys_are(client, "ok")
    assert not PurposeKey.objects.exists()


@pytest.fixture
def transit(own_files: None, settings: Settings) -> Iterator[TransitServer]:
    server = TransitServer()
    with server.listening():
        uses_transit(settings, server)
        yield server


@pytest.mark.parametrize("with_a_purpose_key", [False, True])
def test_a_slow_or_nonsensical_key_service_is_not_well(
    transit: TransitServer, client: Client, epoch: Epoch, settings: Settings, with_a_purpose_key: bool
) -> None:
    if with_a_purpose_key:
        purpose_key("vault")
    assert keys_are(client, "ok")
    transit.nonsense = (200, b"<html>tea</html>")
    with capture_logs() as lines:
        assert keys_are(client, "failing")
    assert "not one of a transit engine" in str(lines)
    transit.nonsense = None
    settings.KEY_SERVICE_TIMEOUT = timedelta(milliseconds=100)
    key_service.cache_clear()
    transit.delay_seconds = 0.3
    assert keys_are(client, "failing")
    transit.delay_seconds = 0
    assert keys_are(client, "ok")


def test_an_epoch_key_that_outlives_the_horizon_is_not_well(client: Client, epoch: Epoch, settings: Settings) -> None:
    epoch.started_at = timezone.now() - settings.ERASURE_HORIZON + timedelta(minutes=1)
    epoch.save()
    assert client.get("/health/").json()["parts"]["erasure"] == "ok"
    epoch.started_at -= timedelta(minutes=2)
    epoch.save()
    assert client.get("/health/").json()["parts"]["erasure"] == "failing"


def test_a_key_that_is_not_ended_in_time_is_not_well(client: Client, epoch: Epoch) -> None:
    order = KeyOrder.objects.create(
        what=KeyOrder.What.DESTROY,
        kind=KeyOrder.Kind.CONSENT,
        owner=uuid4(),
        generation=1,
        ordered_at=timezone.now() - OLDEST_KEY_ORDER + timedelta(minutes=1),
    )
    assert client.get("/health/").json()["parts"]["erasure"] == "ok"
    order.ordered_at -= timedelta(minutes=2)
    order.save()
    response = client.get("/health/")
    assert response.json()["parts"]["erasure"] == "failing"
    assert str(order.owner) not in response.content.decode()


def test_a_keystore_is_a_part_where_it_is_apart(keystore_apart: TestDatabase, client: Client) -> None:
    start_epoch()
    assert client.get("/health/").json()["parts"]["keystore"] == "ok"
    connections[APART].close()
    with mock.patch.dict(connections.settings[APART], {"NAME": "not there"}):
        parts = client.get("/health/").json()["parts"]
    assert (parts["keystore"], parts["database"]) == ("failing", "ok")


def keys_are(client: Client, state: str) -> bool:
    """Ask for health, and see that nothing is told but the state."""
    response = client.get("/health/")
    assert response.status_code == (200 if state == "ok" else 503)
    for word in ("epoch", "transit", "KEY_SERVICE", "127.0.0.1"):
        assert word not in response.content.decode()
    return bool(response.json()["parts"]["keys"] == state)


def key_file(settings: Settings, epoch: Epoch) -> Path:
    return Path(settings.KEY_SERVICE_FOLDER) / f"{epoch.key_name}.key"


def test_it_answers_over_plain_http_and_changes_nothing(client: Client, epoch: Epoch, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/").status_code == 200
    assert client.post("/health/").status_code == 405
