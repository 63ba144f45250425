"""Another party says when a checkpoint was there (RFC 3161), and everybody can check that."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.core.checks import run_checks
from django.test import Client
from pytest_django.fixtures import Settings

from audit.models import Alarm, Checkpoint, LoggedEntry, Timestamp
from audit.services.timestamp import timestamp_newest
from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from audit.tasks import timestamp_checkpoint
from audit.timestamping.authority import CertificatesMissing
from tests.audit.conftest import LookAs
from tests.audit.log import all_powerful, append, grow
from tests.audit.people import AS_HANNA
from tests.audit.timestamp_authority import Authority, authority


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("time") / "authority") as ours:
        yield ours


@pytest.fixture
def clock(running: Authority, settings: Settings) -> Authority:
    """The authority that the settings name, honest."""
    running.lie = ""
    settings.LOG_TIMESTAMP_URL = running.address
    settings.LOG_TIMESTAMP_CERTIFICATES = running.certificates
    return running


@pytest.fixture
def stamped(committed_db: object, clock: Authority) -> Timestamp:
    grow(3)
    timestamp_checkpoint()
    return Timestamp.objects.get()


def discrepancy() -> str | None:
    found = verify_log(verifier=load_verifier()).discrepancy
    return found.kind if found else None


def test_the_newest_checkpoint_is_stamped(stamped: Timestamp) -> None:
    assert (stamped.size, stamped.authority) == (3, "CN=Tests' own time")
    assert abs(stamped.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_nothing_new_is_not_stamped_again(stamped: Timestamp, clock: Authority) -> None:
    asked = clock.asked
    assert timestamp_checkpoint() is None
    assert clock.asked == asked
    grow(2)
    assert timestamp_checkpoint() == 5


def test_without_an_authority_or_a_checkpoint_nothing_is_asked(
    committed_db: object, clock: Authority, settings: Settings
) -> None:
    asked = clock.asked
    append()
    assert timestamp_newest() is None
    grow(1)
    settings.LOG_TIMESTAMP_URL = ""
    assert timestamp_newest() is None
    assert clock.asked == asked


@pytest.mark.parametrize("lie", ["down", "nonsense", "too much", "elsewhere", "empty", "replay"])
def test_an_authority_that_answers_wrongly_is_an_alarm_and_nothing_is_stored(
    stamped: Timestamp, clock: Authority, lie: str
) -> None:
    grow(1)
    entries = LoggedEntry.objects.count()
    clock.lie = lie
    assert timestamp_newest() is None
    assert timestamp_newest() is None
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.where) == ("log-timestamp-failed", urlsplit(clock.address).hostname)
    assert (Timestamp.objects.count(), LoggedEntry.objects.count()) == (1, entries)
    clock.lie = ""
    assert timestamp_newest() is not None
    alarm.refresh_from_db()
    assert alarm.ended_at is not None, "it ends by itself"


def test_an_authority_that_is_away_is_an_alarm(committed_db: object, clock: Authority, settings: Settings) -> None:
    grow(1)
    settings.LOG_TIMESTAMP_URL = "http://127.0.0.1:1/"
    assert timestamp_newest() is None
    assert Alarm.objects.going().count() == 1


def test_another_authority_than_ours_is_not_believed(
    committed_db: object, clock: Authority, settings: Settings, tmp_path: Path
) -> None:
    grow(1)
    settings.LOG_TIMESTAMP_CERTIFICATES = Authority(tmp_path / "another").certificates
    assert timestamp_newest() is None
    assert Alarm.objects.going().count() == 1
    assert not Timestamp.objects.exists()


class TestVerification:
    def test_a_good_one_is_counted(self, stamped: Timestamp) -> None:
        result = verify_log(verifier=load_verifier())
        assert (result.discrepancy, result.timestamps) == (None, 1)

    def test_a_tree_that_was_signed_anew_with_the_stolen_key_is_found(self, stamped: Timestamp) -> None:
        """Who has the key can sign another note, and has no timestamp for it."""
        other = "another note\n"
        with all_powerful():
            Checkpoint.objects.filter(size=3).delete()
            Timestamp.objects.filter(size=3).update(size=4)
        assert discrepancy() == "checkpoint-missing"
        with all_powerful():
            Timestamp.objects.filter(size=4).update(size=3)
            Checkpoint.objects.create(size=3, root=bytes(32), note=other, at=datetime.now(UTC))
        assert discrepancy() == "checkpoint-altered"

    @pytest.mark.parametrize("column", ["at", "authority", "response"])
    def test_a_row_that_was_changed_is_found(self, stamped: Timestamp, column: str) -> None:
        changed = {
            "at": stamped.at - timedelta(days=1),
            "authority": "CN=somebody else",
            "response": bytes(stamped.response)[:-5] + b"nope!",
        }
        with all_powerful():
            Timestamp.objects.update(**{column: changed[column]})
        assert discrepancy() == "timestamp-altered"

    def test_without_the_certificates_it_says_what_to_set(self, stamped: Timestamp, settings: Settings) -> None:
        settings.LOG_TIMESTAMP_CERTIFICATES = Path("/nowhere")
        with pytest.raises(CertificatesMissing):
            discrepancy()


def test_a_stranger_checks_it_with_openssl(
    stamped: Timestamp, clock: Authority, client: Client, tmp_path: Path
) -> None:
    (listed,) = client.get("/audit/log/timestamps").json()
    assert (listed["size"], listed["authority"]) == (3, stamped.authority)
    for name in ("response", "checkpoint"):
        answer = client.get(f"/audit/log/{listed[name]}")
        assert answer["Access-Control-Allow-Origin"] == "*"
        (tmp_path / name).write_bytes(answer.content)
    assert client.get(f"/audit/log/{listed['response']}")["Content-Type"] == "application/timestamp-reply"
    command = ["openssl", "ts", "-verify", "-in", "response", "-data", "checkpoint"]
    command += ["-CAfile", str(clock.certificates)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "path",
    ["timestamps/4.tsr", "timestamps/4.checkpoint", "timestamps/99999999999999999999.tsr", "timestamps?before=x"],
)
def test_what_was_not_stamped_is_not_found(stamped: Timestamp, client: Client, path: str) -> None:
    grow(1)
    assert client.get(f"/audit/log/{path}").status_code == 404


def test_the_list_goes_on(stamped: Timestamp, client: Client) -> None:
    assert client.get("/audit/log/timestamps?before=4").json() == client.get("/audit/log/timestamps").json()
    assert client.get("/audit/log/timestamps?before=3").json() == []


def test_the_auditor_sees_the_newest(stamped: Timestamp, client: Client, look_as: LookAs) -> None:
    look_as(AS_HANNA)
    page = client.get("/oversight/").content.decode()
    assert "Nieuwste tijdstempel" in page
    assert "/audit/log/timestamps/3.tsr" in page


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_an_authority_without_certificates_is_a_mistake_of_deployment(
    clock: Authority, settings: Settings, tmp_path: Path, content: str | None
) -> None:
    assert not [message for message in run_checks() if message.id == "audit.E009"]
    settings.LOG_TIMESTAMP_CERTIFICATES = tmp_path / "certificates"
    if content is not None:
        settings.LOG_TIMESTAMP_CERTIFICATES.write_text(content)
    (message,) = [message for message in run_checks() if message.id == "audit.E009"]
    assert message.hint
    assert configured.LOG_TIMESTAMP_URL
