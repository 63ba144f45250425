"""A demonstration that runs: loaded, served, sequenced and worked for, each by a process of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from django.conf import global_settings
from django.conf import settings as configured
from django.core.management import call_command
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from consent.keys.epoch import start_epoch
from deploy.demonstration.people import citizens as people
from tests.conftest import TestDatabase, cloned, django_uses, files_in

SEQUENCER = "deelwijs_sequencer"
# Each lie leaves somebody behind who shares already, and so does who travels in other tests.
FEW = 64


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A demonstration that runs: its address, its database and the folder in which everything of it stands."""

    url: str
    database: TestDatabase
    folder: Path


@pytest.fixture(scope="module")
def _demonstration(
    django_db_setup: TestDatabase, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Demonstration]:
    """One demonstration for all who tour: loaded, served, sequenced, each by its own process and role.

    Loading and starting it takes longer than a tour, and tours are made to be taken one after the other.
    """
    folder = tmp_path_factory.mktemp("demonstration")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    sequencer = [sys.executable, "manage.py", "sequence"]
    worker = [sys.executable, "-m", "celery", "--app", "deploy.celery:app", "worker", "--concurrency=1"]
    with ExitStack() as stack:
        database = stack.enter_context(cloned(django_db_setup.postgres))
        demonstration = Demonstration(f"http://127.0.0.1:{port}", database, folder)
        with django_db_blocker.unblock(), _stands_here(demonstration):
            start_epoch()
            call_command("load_demonstration", verbosity=0, skip_checks=True)
            manage("collectstatic", "--noinput", "--verbosity=0")
            server = stack.enter_context(_process([*web, "deploy.wsgi:application"]))
            stack.enter_context(_process(sequencer, DATABASE_URL=database.url(SEQUENCER)))
            stack.enter_context(_process(worker))
        _wait_for(f"{demonstration.url}/register/", server)
        yield demonstration


@pytest.fixture
def running(_demonstration: Demonstration, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give the address of the demonstration, with the test itself and the processes that it starts in its place."""
    with django_db_blocker.unblock(), _stands_here(_demonstration):
        yield _demonstration.url


@contextmanager
def _stands_here(demonstration: Demonstration) -> Iterator[None]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "DEMONSTRATION": "true",
        "ALLOWED_HOSTS": "127.0.0.1",
        "OIDC_CITIZENS_ISSUER": "",
        "OIDC_STAFF_ISSUER": "",
        "VAR": str(demonstration.folder / "var"),
    }
    with (
        django_uses(demonstration.database),
        files_in(demonstration.folder),
        pytest.MonkeyPatch.context() as patch,
        # The hash of a client's secret must be one that the service itself knows.
        override_settings(
            DEMONSTRATION=True,
            VAR=demonstration.folder / "var",
            PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS,
        ),
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(people, "HOW_MANY", FEW)
        yield


def manage(*command: str) -> "subprocess.CompletedProcess[str]":
    result = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=configured.BASE,
        capture_output=True,
        text=True,
        # It never takes so long but where many share a machine.
        timeout=300,
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
    deadline = time.monotonic() + 120
    while True:
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.ConnectionError:
            assert server.poll() is None, f"the server ended with {server.returncode}"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
