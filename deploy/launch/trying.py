"""`deploy/try`: Deelwijs on this machine, with invented people, in one folder that can be thrown away."""

import argparse
import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from deploy.launch.installation import BASE, PYTHON, VAR, digest_of, install, read, run
from deploy.launch.supervisor import Died, Program, Stopped, Supervisor
from deploy.launch.telling import refuse, step, tell

HOST = "127.0.0.1"
STARTS_WITHIN_SECONDS = 60
WITNESS_POLICY = VAR / "witness-policy"
# Of the caller's environment only these reach the service, so that a setting left in a shell changes nothing.
KEPT_VARIABLES = ("PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "TERM")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="deploy/try",
        description="Try Deelwijs out: installs, starts everything, goes on the tour, and stays up until Ctrl-C.",
        epilog="PORT=8001 deploy/try uses another port. Everything it makes stands in var/ and .venv/.",
    )
    parser.add_argument("--once", action="store_true", help="end after the tour: 0 if every step of it held, else 1")
    parser.add_argument(
        "--manage",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command of manage.py on the trial's data, such as: deploy/try --manage verify_log",
    )
    options = parser.parse_args()
    if options.manage is not None:
        sys.exit(_manage(options.manage))
    port = _port()
    install()
    with _only_one():
        environment = _environment(port)
        _prepare(environment)
        sys.exit(_serve(environment, port, once=options.once))


def _serve(environment: dict[str, str], port: int, *, once: bool) -> int:
    """Run every process of the service; give the status to end with."""
    environment = environment | _policy_of_witnesses()
    with Supervisor(folder=BASE, logs=VAR / "log", environment=environment) as supervisor:
        try:
            with step("Witnesses, web, worker, beat, sequencer, publisher and monitor"):
                _start_witnesses(supervisor, environment)
                for program in _programs(port):
                    supervisor.start(program)
                _wait_until_healthy(supervisor, port)
            tour: list[str | Path] = [PYTHON, "manage.py", "tour", f"--url=http://{HOST}:{port}"]
            toured = subprocess.run(tour, cwd=BASE, env=environment, check=False).returncode
            if once:
                return 1 if toured else 0
            if toured:
                tell("! A step of the tour did not hold; the service stays up.")
            _tell_addresses(port)
            supervisor.wait()
        except Died as death:
            tell(str(death))
            return 1
        except Stopped:
            tell("\nStopping.")
        return 0


def _programs(port: int) -> list[Program]:
    programs = PYTHON.parent
    celery: list[str | Path] = [programs / "celery", "--app", "deploy.celery:app"]
    return [
        Program(
            "web",
            [
                programs / "granian",
                "--interface=wsgi",
                f"--host={HOST}",
                f"--port={port}",
                "--workers=1",
                "--blocking-threads=4",
                "--no-ws",
                "--log-level=warning",
                "deploy.wsgi:application",
            ],
        ),
        Program("sequencer", [PYTHON, "manage.py", "sequence"]),
        Program("publisher", [PYTHON, "manage.py", "publish"]),
        Program("monitor", [PYTHON, "manage.py", "monitor"]),
        Program("worker", [*celery, "worker", "--concurrency=1", "--without-mingle", "--without-gossip"]),
        Program("beat", [*celery, "beat", f"--schedule={VAR / 'beat-schedule'}", "--pidfile="]),
    ]


def _policy_of_witnesses() -> dict[str, str]:
    return {"LOG_WITNESS_POLICY_FILE": str(WITNESS_POLICY)}


def _start_witnesses(supervisor: Supervisor, environment: dict[str, str]) -> None:
    """Start the neighbours that watch the log, and wait for their policy, which the service reads when it starts."""
    WITNESS_POLICY.unlink(missing_ok=True)
    log_key = Path(environment["LOG_SIGNING_KEY_FILE"] + ".pub")
    watching: list[str | Path] = [PYTHON, "-m", "deploy.demonstration.neighbours"]
    supervisor.start(Program("witnesses", [*watching, f"--log-key={log_key}", f"--policy={WITNESS_POLICY}"]))
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not WITNESS_POLICY.exists():
        supervisor.check()
        if time.monotonic() > deadline:
            raise Died(f"The witnesses do not start within {STARTS_WITHIN_SECONDS} s. See {VAR / 'log'}.")
        time.sleep(0.05)


def _port() -> int:
    """Read PORT, and see that nobody listens there yet."""
    given = os.environ.get("PORT", "8000")
    if not given.isdigit() or not 0 < int(given) < 65536:
        refuse(f"PORT is {given!r}. Set it to a number from 1 to 65535, such as: PORT=8001 deploy/try")
    port = int(given)
    with socket.socket() as listener:
        # As the web server does: a port whose last connections are still closing is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except PermissionError:
            refuse(f"Port {port} is for root only. Choose another: PORT=8001 deploy/try")
        except OSError:
            refuse(f"Port {port} is taken by another program. Choose another: PORT={port + 1} deploy/try")
    return port


class _only_one:  # noqa: N801 reads as a word where it is used
    """Hold var/ for one trial at a time: two sequencers or two beats on one database are of no use to anyone."""

    def __enter__(self) -> None:
        self._file = (VAR / "running.lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refuse("Deelwijs already runs from this folder. End the other one first, with Ctrl-C.")

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _environment(port: int) -> dict[str, str]:
    """Give every setting of the trial; see deploy/settings for their meaning."""
    secret = VAR / "secret-key"
    if not secret.exists():
        descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    folder = quote(str(VAR))
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "PYTHONUNBUFFERED": "1",
        "PORT": str(port),
        "DEMONSTRATION": "true",
        "SECRET_KEY_FILE": str(secret),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DATABASE_URL": f"sqlite://{folder}/deelwijs.sqlite3",
        "CELERY_BROKER_URL": f"filesystem://{folder}/queue",
        "KEY_SERVICE_FOLDER": str(VAR / "keys"),
        "LOG_ORIGIN": "localhost/deelwijs-trial",
        "LOG_SIGNING_KEY_FILE": str(VAR / "log-signing-key"),
        "LOG_PROMISE_KEY_FILE": str(VAR / "promise-key"),
        "LOG_LAST_CHECKPOINT_FILE": str(VAR / "last-checkpoint"),
        "RECEIPT_SIGNING_KEY_FILE": str(VAR / "receipt-signing-key"),
        "EVIDENCE_KEY_FILE": str(VAR / "evidence-key"),
        "FILE_STORAGE_URL": f"file://{folder}/files",
        "SERVICE_ADDRESS": f"http://localhost:{port}",
        "EMAIL_URL": f"file://{folder}/mail",
    }


def _prepare(environment: dict[str, str]) -> None:
    """Make or update the database, the keys, the demonstration and the static files, unless nothing changed."""
    sources = sorted(
        file
        for app in ("audit", "consent", "sharing", "deploy")
        for file in (BASE / app).rglob("*")
        if file.is_file() and file.suffix not in {".pyc", ".mo"}
    )
    stamp = VAR / "prepared"
    wanted = digest_of([*sources, BASE / "requirements.txt"]) + (read(VAR / "static-packages" / "installed") or "")
    if read(stamp) == wanted and (VAR / "deelwijs.sqlite3").exists():
        return
    stamp.unlink(missing_ok=True)
    with step("Database, keys, the demonstration municipality"):
        run([PYTHON, "-m", "deploy.launch.preparing"], **environment)
    stamp.write_text(wanted)


def _wait_until_healthy(supervisor: Supervisor, port: int) -> None:
    """Wait for /health/ to say that all parts work; raise `Died` when one gives up."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    last = "no answer"
    while time.monotonic() < deadline:
        supervisor.check()
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/health/", timeout=5):
                return
        except urllib.error.HTTPError as error:
            with error:
                last = json.dumps(json.load(error).get("parts")) if error.code == 503 else str(error)
        except OSError:
            pass
        time.sleep(0.1)
    raise Died(f"The service does not get healthy within {STARTS_WITHIN_SECONDS} s: {last}. See {VAR / 'log'}.")


def _tell_addresses(port: int) -> None:
    address = f"http://localhost:{port}"
    tell(
        f"""
Deelwijs runs. Everyone in it is invented.

  Start             {address}/
  Sign in           {address}/sign-in/      as a citizen, a requester or an auditor
  Purposes          {address}/register/
  Log               {address}/audit/log/checkpoint
  API               {address}/api/v1/openapi.json

  What the processes say stands in {VAR / "log"}/
  Ctrl-C ends it; nothing stays running."""
    )


def _manage(command: list[str]) -> int:
    if not (VAR / "prepared").exists():
        refuse("There is no trial here yet. Run deploy/try first.")
    environment = _environment(int(os.environ.get("PORT", "8000")))
    if WITNESS_POLICY.exists():
        environment |= _policy_of_witnesses()
    return subprocess.run([PYTHON, "manage.py", *command], cwd=BASE, env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, Stopped):
        sys.exit("\nStopped.")
