"""Mistakes of deployment are found by system checks, each with an id and a hint."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.checks import CheckMessage, run_checks
from django.db import connection
from pytest_django.fixtures import Settings

from audit.checks.guards import check_guards
from audit.signing.log_key import create_key_files, verifier_file
from audit.signing.promise_key import create_promise_key_files, promise_verifiers_file
from audit.witness.cosignature import CosigningKey, Kind
from audit.witness.own_key import create_witness_key_file
from deploy.private_services import OWNER
from tests.audit.log import signed_in_as

A_WITNESS = str(CosigningKey("w.example", Kind.ED25519, bytes(32)).cosigner)


def audit_messages() -> list[CheckMessage]:
    found = [message for message in run_checks() if message.id and message.id.startswith("audit.")]
    assert all(message.hint for message in found)
    return found


def ids() -> list[str | None]:
    return [message.id for message in audit_messages()]


@pytest.fixture
def key_file(settings: Settings, tmp_path: Path) -> Path:
    file = tmp_path / "log-key"
    create_key_files(signing_key_file=file, origin=configured.LOG_ORIGIN)
    settings.LOG_SIGNING_KEY_FILE = file
    settings.LOG_PROMISE_KEY_FILE = tmp_path / "promise-key"
    create_promise_key_files(settings.LOG_PROMISE_KEY_FILE)
    return file


def test_a_good_deployment_has_nothing_to_say(key_file: Path) -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("LOG_ORIGIN", "", "audit.E001"),
        ("LOG_ORIGIN", "with space", "audit.E001"),
        ("LOG_ORIGIN", "with+plus", "audit.E001"),
        ("LOG_SIGNING_KEY_FILE", None, "audit.E002"),
        ("LOG_LAST_CHECKPOINT_FILE", "", "audit.E003"),
        ("LOG_PROMISED_DELAY", timedelta(0), "audit.E006"),
        ("LOG_PROMISED_DELAY", 60, "audit.E006"),
        ("METRICS_TOKEN", "secret", "audit.E032"),
        ("AUDIT_PEOPLE", "nowhere.at.All", "audit.E007"),
        ("AUDIT_PEOPLE", "", "audit.E007"),
    ],
)
def test_a_wrong_setting_is_found(key_file: Path, settings: Settings, setting: str, value: Any, expected: str) -> None:
    setattr(settings, setting, value)
    assert expected in ids()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("trust everybody", ["audit.E020"]),
        ("witness one key https://one.example\nquorum one", ["audit.E020"]),
        (f"witness one {A_WITNESS}\nquorum one", ["audit.E021"]),
        (f"witness one {A_WITNESS} https://one.example\nquorum one", []),
        (f"witness one {A_WITNESS} https://one.example\nquorum none", ["audit.W020"]),
    ],
)
def test_a_policy_of_witnesses_is_read_before_it_is_needed(
    key_file: Path, settings: Settings, policy: str, expected: list[str]
) -> None:
    settings.LOG_WITNESS_POLICY = policy
    assert ids() == expected


def test_the_key_of_the_witness_that_we_are_is_ours_alone(key_file: Path, settings: Settings, tmp_path: Path) -> None:
    settings.WITNESS_KEY_FILE = str(tmp_path / "witness-key")
    assert ids() == ["audit.E022"]
    settings.WITNESS_NAME = "deelwijs.example/witness"
    assert ids() == []
    create_witness_key_file(file=tmp_path / "witness-key", name=settings.WITNESS_NAME)
    assert ids() == []
    (tmp_path / "witness-key").chmod(0o640)
    assert ids() == ["audit.E023"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_found(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert ids() == ["audit.E004"]


def test_a_machine_without_the_private_half_is_fine(key_file: Path) -> None:
    key_file.unlink()
    assert ids() == []


def test_a_machine_without_the_public_half_is_warned(key_file: Path) -> None:
    verifier_file(key_file).unlink()
    (message,) = audit_messages()
    assert (message.id, message.is_serious()) == ("audit.W001", False)


def test_the_key_of_another_log_is_found(key_file: Path, settings: Settings) -> None:
    settings.LOG_ORIGIN = "another.example/log"
    assert set(ids()) == {"audit.E005", "audit.E031"}


def test_a_damaged_key_is_found(key_file: Path) -> None:
    verifier_file(key_file).write_text("damaged", encoding="utf-8")
    assert ids() == ["audit.E005"]


@pytest.mark.usefixtures("either_db")
class TestGuards:
    def test_all_tables_are_guarded_after_migration(self) -> None:
        assert check_guards(databases=["default"]) == []

    def test_a_table_that_lost_its_triggers_is_found(self) -> None:
        with signed_in_as(OWNER), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("DROP TRIGGER only_grows ON audit_leaf")
            else:
                for verb in ("update", "delete", "replace"):
                    cursor.execute(f"DROP TRIGGER audit_leaf_refuses_{verb}")
        (message,) = check_guards(databases=["default"])
        assert message.id == "audit.E008"
        assert "audit_leaf" in message.msg

    def test_nothing_is_asked_of_a_database_that_is_not_checked(self) -> None:
        assert check_guards(databases=None) == []


def test_a_missing_key_for_promises_is_found(key_file: Path, settings: Settings) -> None:
    Path(settings.LOG_PROMISE_KEY_FILE).unlink()
    assert ids() == ["audit.W030"]


def test_a_promise_key_that_others_may_read_is_found(key_file: Path, settings: Settings) -> None:
    Path(settings.LOG_PROMISE_KEY_FILE).chmod(0o640)
    assert ids() == ["audit.E030"]


def test_promise_keys_of_another_log_are_found(key_file: Path, settings: Settings) -> None:
    file = promise_verifiers_file(Path(settings.LOG_PROMISE_KEY_FILE))
    file.write_text(file.read_text(encoding="utf-8").replace("/promise", "/other"), encoding="utf-8")
    assert ids() == ["audit.E031"]
