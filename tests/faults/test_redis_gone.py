"""Redis is killed: what citizens and organisations do goes on, and so does the worker once Redis is back."""

import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client

from consent.lifecycle import State
from consent.models import Consent, Mail
from consent.tasks import expire_consents
from deploy.celery import app
from deploy.private_services import free_port, redis_program
from sharing.models import Release
from tests.cast import Cast
from tests.faults.processes import until
from tests.faults.test_key_service_gone import ask_release
from tests.faults.test_worker import overdue
from tests.pages import signed_in

LONGEST = timedelta(seconds=5)


class OwnRedis:
    """A Redis on a port of its own, which forgets everything when it is killed."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        command = [str(redis_program()), "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self._process = subprocess.Popen([*command, str(self._folder)], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=30)


def forget_cache() -> None:
    """Have the next who asks for the cache get one with the address of now."""
    caches["default"].close()
    del caches["default"]


@pytest.fixture
def own_redis(services: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRedis]:
    """A Redis that cache and queue use, here and in the processes that the test starts."""
    redis = OwnRedis(tmp_path)
    shared = app.conf.broker_url
    for name in ("REDIS_URL", "CELERY_BROKER_URL"):
        monkeypatch.setenv(name, redis.url)
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", redis.url)
    # What was opened to the other one is put aside.
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    app.conf.update(broker_url=redis.url)
    forget_cache()
    redis.start()
    yield redis
    redis.kill()
    app.conf.update(broker_url=shared)
    monkeypatch.undo()
    forget_cache()


@pytest.fixture
def redis_url(own_redis: OwnRedis) -> str:
    """What the worker is started with."""
    return own_redis.url


def test_nobody_waits_for_redis(
    committed_cast: Cast, own_redis: OwnRedis, celery_worker_process: "subprocess.Popen[str]"
) -> None:
    cast = committed_cast
    ended = overdue(cast)
    own_redis.kill()
    browser = signed_in(cast.bram.account)
    began = time.monotonic()
    consent = cast.grant(cast.bram, tellMe=True)
    request = cast.ask(bsn="999993653")
    assert ask_release(cast, request.pk)[0] == 201
    for act, state in (("pause/", State.PAUSED), ("resume/", State.GIVEN), ("", State.WITHDRAWN)):
        assert browser.post(f"/my/consents/{consent.pk}/{act}").status_code == 302
        assert Consent.objects.get(pk=consent.pk).state == state
    assert time.monotonic() - began < LONGEST.total_seconds()
    assert ask_release(cast, request.pk)[0] == 403
    assert Release.objects.count() == 1
    # It could not be told to the queue, and waits for the beat.
    assert Mail.objects.get(kind=Mail.Kind.USED).state == Mail.State.WAITING
    assert Client().get("/health/").json()["parts"]["queue"] == "failing"

    own_redis.start()
    # What the beat sends each minute, to a worker that nobody has started anew.
    until(lambda: Client().get("/health/").json()["parts"]["queue"] == "ok")
    expire_consents.delay()
    until(lambda: Consent.objects.get(pk=ended.pk).state == State.EXPIRED)
    assert celery_worker_process.poll() is None
