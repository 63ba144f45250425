"""Mistakes of a deployment: each is found under its id with a hint, and a sound one has none."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from deploy.checks import check_production
from tests.consent.key_services import SOFTHSM


@pytest.fixture
def sound(settings: Settings, tmp_path: Path) -> Settings:
    """The settings of a production that nothing is wrong with."""
    settings.KEY_SERVICE = "transit"
    settings.TRANSIT_ADDRESS = "https://bao.example:8200"
    settings.VIRUS_SCANNER_URL = "unix:///run/clamav/clamd.ctl"
    return settings


@pytest.fixture
def keys_in_files(sound: Settings, tmp_path: Path) -> Settings:
    sound.KEY_SERVICE = "file"
    sound.KEY_SERVICE_FOLDER = tmp_path / "keys"
    sound.KEY_SERVICE_FOLDER.mkdir(mode=0o700)
    return sound


def found() -> dict[str | None, CheckMessage]:
    return {message.id: message for message in check_production()}


def test_a_sound_production_has_no_mistakes(sound: Settings) -> None:
    assert found() == {}


def test_keys_apart_in_the_main_database_are_not_apart(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    main = sound.DATABASES["default"]
    monkeypatch.setitem(sound.DATABASES, "keystore", dict(main))
    assert set(found()) == {"deploy.E015"}
    monkeypatch.setitem(sound.DATABASES, "keystore", {**main, "NAME": "keystore"})
    assert not found()


@pytest.mark.parametrize(
    ("setting", "value", "mistake"),
    [
        ("DEBUG", True, "deploy.E003"),
        ("SECRET_KEY", "short", "deploy.E004"),
        ("SECRET_KEY", "ab" * 40, "deploy.E004"),
        ("SECRET_KEY", "django-insecure-" + "abcdefghijklmnopqrstuvwxyz" * 3, "deploy.E004"),
        ("ALLOWED_HOSTS", ["*"], "deploy.E005"),
        ("ALLOWED_HOSTS", [".example.nl"], "deploy.E005"),
        ("CELERY_BROKER_URL", "filesystem://", "deploy.E006"),
        ("REDIS_URL", "", "deploy.E007"),
        ("VIRUS_SCANNER_URL", "", "deploy.W003"),
        ("ERASURE_HORIZON", timedelta(days=59), "deploy.E014"),
        ("IDENTITY_PROVIDERS", [], "deploy.E009"),
        ("TRANSIT_ADDRESS", "http://bao.example:8200", "deploy.E013"),
        ("FILE_STORAGE_URL", "s3:///prefix", "deploy.E030"),
        ("FILE_STORAGE_URL", "s3://bucket?endpoint=http%3A%2F%2Fs3.example", "deploy.E030"),
        ("LOG_LAST_CHECKPOINT_URL", "s3://bucket/key?endpoint=http%3A%2F%2Fs3.example", "deploy.E033"),
        ("FILE_STORAGE_URL", "file://srv/files", "deploy.E031"),
    ],
)
def test_what_only_a_trial_may_have_is_found(sound: Settings, setting: str, value: Any, mistake: str) -> None:
    setattr(sound, setting, value)
    assert set(found()) == {mistake}
    assert found()[mistake].hint


def test_sqlite_is_found(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sound.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    assert set(found()) == {"deploy.E002"}


def test_keys_in_files_are_a_warning_that_names_the_alternatives(keys_in_files: Settings) -> None:
    messages = found()
    assert set(messages) == {"deploy.W002"}
    assert not messages["deploy.W002"].is_serious()
    hint = messages["deploy.W002"].hint
    assert hint
    assert "pkcs11" in hint
    assert "transit" in hint


def test_a_key_folder_that_is_not_there_is_found(keys_in_files: Settings) -> None:
    keys_in_files.KEY_SERVICE_FOLDER = Path("/nonexistent/keys")
    assert set(found()) == {"deploy.W001", "deploy.W002"}


@pytest.mark.parametrize("mode", [0o701, 0o750, 0o755])
def test_a_key_folder_that_others_can_enter_is_found(keys_in_files: Settings, mode: int) -> None:
    keys_in_files.KEY_SERVICE_FOLDER.chmod(mode)
    assert set(found()) == {"deploy.E008", "deploy.W002"}


@pytest.mark.parametrize("module", ["/nonexistent/module.so", "/usr/lib/softhsm"])
def test_a_token_whose_module_is_not_there_is_found(sound: Settings, module: str) -> None:
    sound.KEY_SERVICE = "pkcs11"
    sound.PKCS11_MODULE = SOFTHSM
    assert found() == {}
    sound.PKCS11_MODULE = Path(module)
    assert set(found()) == {"deploy.E012"}
    assert "PKCS11_MODULE" in str(found()["deploy.E012"].hint)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8100", "http://localhost:8100", "http://[::1]:8100"])
def test_an_agent_on_this_machine_needs_no_https(sound: Settings, address: str) -> None:
    sound.TRANSIT_ADDRESS = address
    assert found() == {}


def test_a_folder_of_files_that_others_can_enter_is_found(sound: Settings, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir(mode=0o755)
    sound.FILE_STORAGE_URL = f"file://{tmp_path}/files"
    assert set(found()) == {"deploy.E032"}


def test_an_identity_provider_without_https_is_found(sound: Settings) -> None:
    citizens, staff = sound.IDENTITY_PROVIDERS
    plain = {**staff, "settings": {**staff["settings"], "server_url": "http://staff.example"}}
    sound.IDENTITY_PROVIDERS = [citizens, plain]
    assert set(found()) == {"deploy.E010"}


def test_a_trial_may_have_them(keys_in_files: Settings) -> None:
    sound = keys_in_files
    sound.DEMONSTRATION = True
    sound.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    sound.IDENTITY_PROVIDERS = []
    sound.CELERY_BROKER_URL = "filesystem://"
    assert found() == {}


@pytest.mark.parametrize("hosts", [["deelwijs.example.nl"], ["*"], ["localhost", "10.0.0.1"]])
def test_a_demonstration_that_strangers_reach_is_found(sound: Settings, hosts: list[str]) -> None:
    sound.DEMONSTRATION = True
    sound.IDENTITY_PROVIDERS = []
    sound.ALLOWED_HOSTS = hosts
    assert set(found()) == {"deploy.E001"}


def test_a_demonstration_beside_a_real_sign_in_is_found(sound: Settings) -> None:
    sound.DEMONSTRATION = True
    sound.ALLOWED_HOSTS = ["localhost"]
    assert set(found()) == {"deploy.E001"}
