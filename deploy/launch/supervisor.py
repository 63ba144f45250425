"""Run several processes as one: all of them, or none.

Our own and not a package's, for three things that the service's trial promises: nothing stays behind when the program
is ended, when its terminal closes, or when it is killed itself; a process that dies ends the others and says why; and
it runs before any package is installed.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 10.0
LAST_LINES = 15
PR_SET_PDEATHSIG = 1


class Stopped(BaseException):
    """Someone asked to stop: Ctrl-C, SIGTERM, or the terminal went away. No error, so `except Exception` misses it."""


class Died(Exception):
    """A process ended by itself; the text says which, how, and what it said last."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and under which name to speak of it."""

    name: str
    command: Sequence[str | Path]


@dataclass(slots=True)
class Supervisor:
    """Starts programs and ends every one of them, with all that they started, when its block is left.

    Each program has a session of its own, so that a Ctrl-C in the terminal reaches this process alone, and a log file
    `<name>.log` in `logs`. Inside the block SIGINT, SIGTERM and SIGHUP raise `Stopped`.
    """

    folder: Path
    logs: Path
    environment: Mapping[str, str]
    _running: list[tuple[Program, "subprocess.Popen[bytes]"]] = field(default_factory=list, init=False)
    _before: dict[signal.Signals, object] = field(default_factory=dict, init=False)

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        for number in STOPPING:
            self._before[number] = signal.signal(number, _raise_stopped)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C while ending must not leave half of them behind.
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        self._end_all()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave before

    def start(self, program: Program) -> None:
        with (self.logs / f"{program.name}.log").open("wb") as log:
            process = subprocess.Popen(
                program.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Safe, because this process has one thread.
                preexec_fn=_end_with_parent,
            )
        self._running.append((program, process))

    def check(self) -> None:
        """Raise `Died` if a program has ended."""
        for program, process in self._running:
            if process.poll() is not None:
                raise Died(self._obituary(program, process.returncode))

    def wait(self) -> None:
        """Wait until a program ends, then raise `Died`; `Stopped` comes through."""
        with selectors.DefaultSelector() as selector:
            for _program, process in self._running:
                descriptor = os.pidfd_open(process.pid)
                selector.register(descriptor, selectors.EVENT_READ)
            try:
                selector.select()
            finally:
                for key in list(selector.get_map().values()):
                    os.close(key.fd)
        self.check()

    def _end_all(self) -> None:
        for _program, process in reversed(self._running):
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        for _program, process in self._running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            # Also what a program that ended, or was killed, left behind in its session.
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _obituary(self, program: Program, status: int) -> str:
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        log = self.logs / f"{program.name}.log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join([f"{program.name} {how}; the others are ended too. It said last ({log}):", *lines])


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _end_with_parent() -> None:
    """In the child: be told to end when the parent is gone, in whatever way it went. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
