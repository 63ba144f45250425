"""Uploads when something dies in the middle: nothing is half there, and the work goes on by itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from deploy.private_services import free_port
from sharing.files.storage import file_storage
from sharing.models import StoredFile, Upload, UploadPart
from sharing.services.files.check import check_upload
from sharing.services.files.collect import unchecked_uploads
from tests.cast import Cast, make_cast
from tests.conftest import TestDatabase
from tests.faults.processes import BASE, until, web
from tests.sharing.filing import append, begin, bring, photo, publish_sightings

SIZE = 400_000


def folder() -> Path:
    return Path(settings.FILE_STORAGE_URL.removeprefix("file://"))


def blobs() -> list[str]:
    return [blob.name for blob in file_storage().blobs()]


# --- The web process ----------------------------------------------------------------------------------------------


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            assert time.monotonic() < deadline, "the web server does not start"
            time.sleep(0.05)


def send_half(connection: socket.socket, port: int, upload: Upload, cast: Cast) -> None:
    """Send a PATCH of SIZE bytes and stop after half of them."""
    browser = Client()
    browser.force_login(cast.anna.account)
    token = "t" * 32
    connection.sendall(
        (
            f"PATCH /api/v1/uploads/{upload.pk} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-Proto: https\r\n"
            f"Origin: https://127.0.0.1:{port}\r\nX-CSRFToken: {token}\r\nTus-Resumable: 1.0.0\r\n"
            f"Cookie: __Host-session={browser.cookies['session'].value}; __Host-csrf={token}\r\nUpload-Offset: 0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nContent-Length: {SIZE}\r\n\r\n"
        ).encode()
    )
    connection.sendall(bytes(SIZE // 2))


def test_a_web_process_killed_in_the_middle_of_a_part(committed_cast: Cast) -> None:
    sightings = publish_sightings(committed_cast)
    upload = begin(committed_cast.anna, sightings, SIZE)
    port = free_port()
    with web(port) as process, connect(port) as connection:
        send_half(connection, port, upload, committed_cast)
        until(lambda: folder().is_dir() and any(folder().iterdir()))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
    upload.refresh_from_db()
    assert (upload.received, upload.state) == (0, "receiving")
    assert not UploadPart.objects.exists()
    assert blobs() == []
    # It goes on from where the service says that it is, and what the dead process left is collected.
    assert append(committed_cast.anna, upload.pk, 0, bytes(SIZE)).received == SIZE
    assert file_storage().remove_unfinished(before=datetime.now(UTC) + timedelta(days=1)) == 1


def test_a_browser_that_goes_away_keeps_what_came(committed_cast: Cast) -> None:
    sightings = publish_sightings(committed_cast)
    upload = begin(committed_cast.anna, sightings, SIZE)
    port = free_port()
    with web(port):
        with connect(port) as connection:
            send_half(connection, port, upload, committed_cast)
            until(lambda: folder().is_dir() and any(folder().iterdir()))
        until(UploadPart.objects.exists)
    upload.refresh_from_db()
    assert 0 < upload.received <= SIZE // 2
    assert UploadPart.objects.get().size == upload.received
    assert append(committed_cast.anna, upload.pk, upload.received, bytes(SIZE - upload.received)).received == SIZE


# --- The worker ---------------------------------------------------------------------------------------------------


@pytest.fixture
def silent_scanner(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A virus scanner that listens and never answers, for the worker that is started after it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("VIRUS_SCANNER_URL", f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        yield listener


def test_a_worker_killed_in_the_middle_of_a_check(
    silent_scanner: socket.socket, celery_worker_process: "subprocess.Popen[str]"
) -> None:
    cast = make_cast()
    upload = bring(cast.anna, publish_sightings(cast), photo())
    silent_scanner.settimeout(60)
    scanning, _address = silent_scanner.accept()
    with scanning:
        os.killpg(celery_worker_process.pid, signal.SIGKILL)
        celery_worker_process.wait(timeout=30)
    upload.refresh_from_db()
    assert upload.state == "checking"
    assert not StoredFile.objects.exists()
    assert blobs() == [UploadPart.objects.get().blob]
    check_when_presumed_lost(upload)


def check_when_presumed_lost(upload: Upload) -> None:
    """Let the time go by after which the beat begins a check once more, and see it done."""
    assert unchecked_uploads() == []
    Upload.objects.filter(pk=upload.pk).update(ends_at=timezone.now())
    assert unchecked_uploads() == [upload.pk]
    check_upload(upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.state == "stored"
    assert sorted(blobs()) == [str(upload.file_id), f"{upload.file_id}.still"]


# --- What they stand on -------------------------------------------------------------------------------------------


def bring_apart(cast: Cast, upload: Upload, size: int, *, before: tuple[str, ...] = (), **environment: str) -> Any:
    """Bring in a part from a process of its own, and return what it says of it."""
    command = [*before, sys.executable, "-m", "tests.faults.bring_part", str(cast.anna.pk), str(upload.pk), str(size)]
    done = subprocess.run(
        command,
        cwd=BASE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "deploy.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_full_disk_refuses_the_part_and_has_nothing_of_it(committed_cast: Cast, tmp_path: Path) -> None:
    upload = begin(committed_cast.anna, publish_sightings(committed_cast), 8 * 1024 * 1024)
    full = tmp_path / "full"
    full.mkdir()
    # A mount of its own, which ends with the process; who is not root is so in there.
    apart = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
    said = bring_apart(
        committed_cast,
        upload,
        2 * 1024 * 1024,
        before=apart,
        FULL_FOLDER=str(full),
        FILE_STORAGE_URL=f"file://{full}",
    )
    assert said == {"outcome": "storage-full", "received": 0, "state": "receiving", "left": [], "all": []}


def test_a_queue_that_is_away_delays_the_check(committed_db: TestDatabase) -> None:
    cast = make_cast()
    data = photo()
    upload = begin(cast.anna, publish_sightings(cast), len(data) + 1)
    append(cast.anna, upload.pk, 0, data)
    said = bring_apart(cast, upload, 1, CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    assert (said["outcome"], said["state"]) == ("taken", "checking")
    check_when_presumed_lost(upload)
