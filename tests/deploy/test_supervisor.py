"""All processes or none: nothing stays behind, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.launch.supervisor import Died, Program, Stopped, Supervisor

# A program with a child of its own, which both would run for ever; it writes down their ids.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(f"{os.getpid()}")
time.sleep(600)
"""
# Supervises one PARENT, as deploy/try does, until it is told to stop.
SUPERVISING = """
import os, sys
from pathlib import Path
from deploy.launch.supervisor import Program, Stopped, Supervisor
with Supervisor(folder=Path(sys.argv[1]), logs=Path(sys.argv[1]), environment=os.environ) as supervisor:
    supervisor.start(Program("parent", [sys.executable, "-c", sys.argv[2], sys.argv[3]]))
    try:
        supervisor.wait()
    except Stopped:
        pass
"""


def supervisor(folder: Path) -> Supervisor:
    return Supervisor(folder=folder, logs=folder / "log", environment=os.environ)


def python(source: str, *arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-c", source, *arguments]


def ids(file: Path) -> list[int]:
    """Wait for the process ids that a program writes down."""
    deadline = time.monotonic() + 10
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return [int(number) for number in file.read_text().split()]


def runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    # A zombie has ended; whoever took it over has not looked yet.
    return state != "Z"


def all_end(processes: list[int], within: float = 10) -> bool:
    deadline = time.monotonic() + within
    while any(runs(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(runs(process) for process in processes)


def test_leaving_ends_programs_and_what_they_started(tmp_path: Path) -> None:
    with supervisor(tmp_path) as all_of_them:
        all_of_them.start(Program("parent", python(PARENT, tmp_path / "ids")))
        started = ids(tmp_path / "ids")
        assert all(runs(process) for process in started)
    assert all_end(started, within=1)


def test_an_error_ends_them_too(tmp_path: Path) -> None:
    def fail_while_running() -> None:
        with supervisor(tmp_path) as all_of_them:
            all_of_them.start(Program("parent", python(PARENT, tmp_path / "ids")))
            ids(tmp_path / "ids")
            raise LookupError

    with pytest.raises(LookupError):
        fail_while_running()
    assert all_end(ids(tmp_path / "ids"), within=1)


def test_one_that_dies_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with supervisor(tmp_path) as all_of_them:
        all_of_them.start(Program("parent", python(PARENT, tmp_path / "ids")))
        ids(tmp_path / "ids")
        all_of_them.start(Program("sick", python("import sys; print('no strength left'); sys.exit(3)")))
        with pytest.raises(Died, match=r"(?s)sick ended with status 3.*no strength left"):
            all_of_them.wait()
    assert all_end(ids(tmp_path / "ids"), within=1)


def test_one_that_is_killed_is_reported(tmp_path: Path) -> None:
    with supervisor(tmp_path) as all_of_them:
        all_of_them.start(Program("parent", python(PARENT, tmp_path / "ids")))
        started = ids(tmp_path / "ids")
        os.kill(started[0], signal.SIGKILL)
        with pytest.raises(Died, match="parent was ended by SIGKILL"):
            all_of_them.wait()
    assert all_end(started, within=1)


def test_one_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.launch.supervisor.PATIENCE_SECONDS", 0.2)
    with supervisor(tmp_path) as all_of_them:
        all_of_them.start(Program("stubborn", python(STUBBORN, tmp_path / "ids")))
        started = ids(tmp_path / "ids")
    assert all_end(started, within=1)


def test_signals_mean_stop_inside_and_what_they_meant_before_outside(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with supervisor(tmp_path), pytest.raises(Stopped):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_stays_when_the_supervisor_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        python(SUPERVISING, tmp_path, PARENT, tmp_path / "ids"), cwd=Path(__file__).resolve().parents[2]
    )
    started = ids(tmp_path / "ids")
    process.send_signal(number)
    assert process.wait(timeout=15) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    if number == signal.SIGKILL:
        # The kernel tells the program; a child that the program does not end itself is beyond its reach.
        assert all_end(started[:1])
        all_end(started, within=0.1)
        for left in filter(runs, started):
            os.kill(left, signal.SIGKILL)
    else:
        assert all_end(started, within=1)
