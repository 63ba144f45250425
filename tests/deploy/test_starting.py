"""A wrong setting stops every process with a sentence, and never with a stack trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent.parent
PYTHON = Path(sys.executable)
STARTS: dict[str, list[Path | str]] = {
    "manage.py": [PYTHON, "manage.py", "check"],
    "web": [PYTHON, "-c", "import deploy.wsgi"],
    "worker": [PYTHON, "-m", "celery", "--app", "deploy.celery:app", "worker"],
    # In a folder of the run: celery removes a schedule file that it cannot read, whatever file that is.
    "beat": [
        *(PYTHON, "-m", "celery", "--app", "deploy.celery:app", "beat", "--pidfile="),
        f"--schedule={os.environ['DEELWIJS_TEST_FOLDER']}/beat-schedule",
    ],
}


def start(command: list[Path | str], **changes: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "deploy.settings"} | changes
    return subprocess.run(command, cwd=BASE, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("process", STARTS)
def test_a_missing_setting_is_one_sentence(process: str) -> None:
    ended = start(STARTS[process], SECRET_KEY="")
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1] == (
        "Deelwijs does not start: Set SECRET_KEY (or SECRET_KEY_FILE)"
        " to 50 or more random characters that only this service knows."
    )
    assert "Traceback" not in ended.stderr + ended.stdout


@pytest.mark.parametrize("process", STARTS)
def test_a_failed_check_stops_every_process_with_its_id_and_hint(process: str) -> None:
    ended = start(STARTS[process], DEBUG="true")
    assert ended.returncode == 1
    assert "deploy.E003" in ended.stderr
    assert "Set DEBUG to false" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def test_without_packages_manage_py_says_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "django").mkdir()
    (tmp_path / "django" / "__init__.py").write_text("raise ImportError")
    ended = start(STARTS["manage.py"], PYTHONPATH=str(tmp_path))
    assert ended.returncode == 1
    assert "deploy/try" in ended.stderr
    assert "Traceback" not in ended.stderr
