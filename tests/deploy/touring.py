"""A demonstration that runs: loaded, served, sequenced and worked for, each by a process of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from django.conf import global_settings
from django.conf import settings as configured
from django.core.management import call_command
from pytest_django import Settings

from consent.keys.models import Epoch
from deploy.demonstration.people import citizens as people
from tests.conftest import TestDatabase

SEQUENCER = "deelwijs_sequencer"
# Each lie leaves somebody behind who shares already.
FEW = 56


@pytest.fixture
def running(
    committed_db: TestDatabase,
    epoch: Epoch,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """Give the address of a demonstration that runs: loaded, served, sequenced, each by its own process and role."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "DEMONSTRATION": "true",
        "ALLOWED_HOSTS": "127.0.0.1",
        "OIDC_CITIZENS_ISSUER": "",
        "OIDC_STAFF_ISSUER": "",
        "VAR": str(tmp_path / "var"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.DEMONSTRATION, settings.VAR = True, tmp_path / "var"
    # The hash of a client's secret must be one that the service itself knows.
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    monkeypatch.setattr(people, "HOW_MANY", FEW)
    call_command("load_demonstration", verbosity=0, skip_checks=True)
    manage("collectstatic", "--noinput", "--verbosity=0")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    sequencer = [sys.executable, "manage.py", "sequence"]
    worker = [sys.executable, "-m", "celery", "--app", "deploy.celery:app", "worker", "--concurrency=1"]
    with (
        _process([*web, "deploy.wsgi:application"]) as server,
        _process(sequencer, DATABASE_URL=committed_db.url(SEQUENCER)),
        _process(worker),
    ):
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/register/", server)
        yield url


def manage(*command: str) -> "subprocess.CompletedProcess[str]":
    result = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=configured.BASE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@contextmanager
def _process(command: list[str], **environment: str) -> "Iterator[subprocess.Popen[str]]":
    # To a file and not to a pipe: a process whose full pipe nobody empties stands still.
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(
            command,
            cwd=configured.BASE,
            env=os.environ | environment,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, server: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.ConnectionError:
            assert server.poll() is None, f"the server ended with {server.returncode}"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
