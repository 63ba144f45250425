"""The key services, each running for one test, and ways to take them away."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from consent.keys.service import KeyService, key_service
from tests.consent.transit_server import TransitServer

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN_LABEL = "deelwijs"
PIN = "the PIN of Deelwijs"


@dataclass(frozen=True, slots=True)
class Running:
    """A key service that `key_service()` returns."""

    kind: str
    # Takes the service away until the end of the block.
    away: Callable[[], AbstractContextManager[None]]
    # Puts an empty one in its place, that lets us in just the same.
    replace_by_empty: Callable[[], None]

    @property
    def service(self) -> KeyService:
        return key_service()

    def restart(self) -> None:
        """Let go of everything that this process has of the service, as the end of a process does."""
        key_service.cache_clear()


def uses(settings: Settings, kind: str, **others: object) -> None:
    """Point the settings at a key service, one that nothing was asked of yet."""
    settings.KEY_SERVICE = kind
    settings.KEY_SERVICE_TIMEOUT = timedelta(seconds=5)
    for name, value in others.items():
        setattr(settings, name, value)
    key_service.cache_clear()


def run_file(settings: Settings, folder: Path) -> Running:
    uses(settings, "file", KEY_SERVICE_FOLDER=folder)

    def replace_by_empty() -> None:
        shutil.rmtree(folder)
        folder.mkdir()

    @contextmanager
    def away() -> Iterator[None]:
        # Not an empty place only: there a first key would be made.
        with _renamed(folder):
            folder.write_text("a disk that fails")
            yield
            folder.unlink()

    return Running("file", away, replace_by_empty)


def init_token(tokens: Path, *, label: str = TOKEN_LABEL, pin: str = PIN) -> None:
    """Make a token of SoftHSM in a folder; SOFTHSM2_CONF already points there."""
    tokens.mkdir(exist_ok=True)
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "the officer", "--pin", pin]
    subprocess.run(command, check=True, capture_output=True)


def run_pkcs11(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Running:
    tokens = folder / "tokens"
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    init_token(tokens)
    uses(settings, "pkcs11", PKCS11_MODULE=SOFTHSM, PKCS11_TOKEN=TOKEN_LABEL, PKCS11_PIN=PIN)

    def replace_by_empty() -> None:
        shutil.rmtree(tokens)
        init_token(tokens)

    return Running("pkcs11", lambda: _renamed(tokens), replace_by_empty)


def uses_transit(settings: Settings, transit: TransitServer) -> None:
    uses(
        settings,
        "transit",
        TRANSIT_ADDRESS=transit.address,
        TRANSIT_TOKEN=transit.token,
        TRANSIT_TOKEN_FILE=None,
        TRANSIT_MOUNT=transit.mount,
        TRANSIT_NAMESPACE=transit.namespace,
    )


@contextmanager
def run_transit(settings: Settings) -> Iterator[Running]:
    transit = TransitServer()
    with ExitStack() as stack:
        stack.enter_context(transit.listening())
        uses_transit(settings, transit)

        @contextmanager
        def away() -> Iterator[None]:
            stack.close()
            yield
            stack.enter_context(transit.listening())

        yield Running("transit", away, transit.keys.clear)


@pytest.fixture(params=["file", "pkcs11", "transit"])
def running(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    """Each key service in its turn."""
    try:
        if request.param == "file":
            yield run_file(settings, tmp_path / "keys")
        elif request.param == "pkcs11":
            yield run_pkcs11(settings, tmp_path, monkeypatch)
        else:
            with run_transit(settings) as transit:
                yield transit
    finally:
        key_service.cache_clear()


@contextmanager
def _renamed(folder: Path) -> Iterator[None]:
    elsewhere = folder.with_name("elsewhere")
    folder.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(folder)
