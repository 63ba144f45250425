"""The key of the log is made once, kept secret, and never taken for another log's."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from audit.signing.log_key import LogKeyUnusable, load_signer, load_verifier, verifier_file


@pytest.fixture
def file(settings: Settings, tmp_path: Path) -> Path:
    settings.LOG_SIGNING_KEY_FILE = tmp_path / "keys" / "log-key"
    return tmp_path / "keys" / "log-key"


def create(*arguments: str) -> str:
    out = StringIO()
    call_command("create_log_key", *arguments, stdout=out)
    return out.getvalue().strip()


def test_it_is_made_with_the_name_of_the_log(file: Path) -> None:
    published = create()
    assert published == str(load_verifier()) == str(load_signer().verifier)
    assert load_verifier().name == configured.LOG_ORIGIN


def test_only_its_owner_can_read_the_private_half(file: Path) -> None:
    create()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in verifier_file(file).read_text(encoding="utf-8")


def test_it_is_never_overwritten(file: Path) -> None:
    create()
    before = file.read_text(encoding="utf-8")
    with pytest.raises(CommandError, match="identity of the log"):
        create()
    assert create("--if-missing") == ""
    assert file.read_text(encoding="utf-8") == before


def test_without_a_key_the_message_says_how_to_get_one(file: Path) -> None:
    for load in (load_signer, load_verifier):
        with pytest.raises(LogKeyUnusable) as refused:
            load()
        assert "create_log_key" in str(refused.value.detail)
        assert refused.value.status == 503


def test_the_key_of_another_log_is_refused(file: Path, settings: Settings) -> None:
    create()
    settings.LOG_ORIGIN = "another.example/log"
    for load in (load_signer, load_verifier):
        with pytest.raises(LogKeyUnusable, match="another"):
            load()


def test_a_damaged_key_is_refused_without_showing_it(file: Path) -> None:
    create()
    seed = file.read_text(encoding="utf-8").split("+")[-1].strip()
    file.write_text(file.read_text(encoding="utf-8").replace("PRIVATE+KEY+", "PRIVATE+KEY+x"), encoding="utf-8")
    with pytest.raises(LogKeyUnusable) as refused:
        load_signer()
    assert seed not in str(refused.value)
    assert seed not in str(refused.value.__cause__)


def test_a_name_that_no_key_can_have_is_refused(file: Path, settings: Settings) -> None:
    settings.LOG_ORIGIN = "with space"
    with pytest.raises(CommandError, match="LOG_ORIGIN"):
        create()
    assert not file.exists()
