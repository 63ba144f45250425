"""Private PostgreSQL and Redis for tests and benchmarks: on free loopback ports, in a temporary folder, then gone.

`start_postgres` and `start_redis` run one server each for as long as a `with` block lasts. `keep_services` runs both
in a keeper, a process of its own that several test workers share: it ends them when the process that it watches is
gone, also when that one was killed and could not clean up.
"""

import fcntl
import json
import os
import pwd
import re
import secrets
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

LOOPBACK = "127.0.0.1"
OWNER = "deelwijs_owner"
OLDEST_POSTGRES = 15
# Where Debian puts each version, which is not on the PATH.
POSTGRES_FOLDERS = Path("/usr/lib/postgresql")
ADDRESSES = "addresses.json"
# Little of the log of writes is kept: it may stand in memory.
NOT_DURABLE = ["--fsync=off", "--full_page_writes=off", "--synchronous_commit=off", "--max_wal_size=256MB"]


class ServiceMissing(Exception):
    """A server program is not on this machine, or does not start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. Its owner role is a superuser of this private server only."""

    port: int
    password: str
    pid: int

    def url(self, *, role: str = OWNER, database: str = "postgres") -> str:
        """Give an address for DATABASE_URL. Login roles that tests add share the owner's password."""
        return f"postgres://{role}:{quote(self.password)}@{LOOPBACK}:{self.port}/{database}"


@dataclass(frozen=True, slots=True)
class Redis:
    """A running server."""

    port: int
    password: str
    pid: int

    def url(self, *, database: int = 0) -> str:
        return f"redis://:{quote(self.password)}@{LOOPBACK}:{self.port}/{database}"


@dataclass(frozen=True, slots=True)
class Services:
    """What a keeper keeps."""

    postgres: Postgres
    redis: Redis


def postgres_programs() -> Path:
    """Give the folder of the newest PostgreSQL's `initdb` and `postgres` on this machine, also off the PATH."""
    found = [Path(initdb).resolve().parent for initdb in [shutil.which("initdb")] if initdb]
    found += [path.parent for path in POSTGRES_FOLDERS.glob("*/bin/initdb")]
    versions = {folder: _postgres_version(folder) for folder in found if (folder / "postgres").exists()}
    newest = max(versions, key=lambda folder: versions[folder], default=None)
    if newest is None or versions[newest] < OLDEST_POSTGRES:
        raise ServiceMissing(f"PostgreSQL {OLDEST_POSTGRES} or newer is missing: run apt-get install postgresql")
    return newest


def redis_program() -> Path:
    for name in ("redis-server", "valkey-server"):
        if program := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin"):
            return Path(program)
    raise ServiceMissing("Redis is missing: run apt-get install redis-server")


def temporary_folder() -> Path:
    """Make a folder that only its owner lists, and that PostgreSQL's own user can still pass through."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 mkdtemp picks the name
    parent = next((folder for folder in candidates if _others_may_enter(folder)), None)
    if parent is None:
        raise ServiceMissing("No temporary folder lets other users through: set TMPDIR to one that does.")
    # Short names: the path of a Unix socket may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="deelwijs-", dir=parent))
    folder.chmod(0o711)
    return folder


@contextmanager
def start_postgres(folder: Path, *, durable: bool = False) -> Iterator[Postgres]:
    """Run a PostgreSQL of our own with its data in `folder`, which must not exist yet.

    Started by root, it runs as the user `postgres`, because PostgreSQL refuses root. Not durable, it never waits for
    the disk, which is right for data that nobody keeps and wrong for measuring.
    """
    programs = postgres_programs()
    account = _account_for_postgres()
    folder.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    password_file = folder / "password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    if account:
        for path in (folder, password_file):
            os.chown(path, account.pw_uid, account.pw_gid)
    data = folder / "data"
    log = folder / "log"
    _run_as(
        account,
        [
            programs / "initdb",
            f"--pgdata={data}",
            f"--username={OWNER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            *([] if durable else ["--no-sync"]),
        ],
        folder,
    )
    with _listening(
        lambda port: _spawn(
            account,
            [
                programs / "postgres",
                f"--config-file={data / 'postgresql.conf'}",
                "-D",
                data,
                f"--port={port}",
                f"--listen_addresses={LOOPBACK}",
                f"--unix_socket_directories={folder}",
                "--max_connections=200",
                "--shared_buffers=256MB",
                *([] if durable else NOT_DURABLE),
            ],
            folder,
            log,
        ),
        ready=lambda _port: (data / "postmaster.pid").exists() and "ready" in (data / "postmaster.pid").read_text(),
        # A fast shutdown: sessions that are still open are ended.
        stop=signal.SIGINT,
        name="PostgreSQL",
        log=log,
    ) as (port, process):
        yield Postgres(port=port, password=password, pid=process.pid)


@contextmanager
def start_redis(folder: Path) -> Iterator[Redis]:
    """Run a Redis of our own that keeps nothing on disk, with its log in `folder`, which must not exist yet."""
    program = redis_program()
    folder.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    configuration = folder / "redis.conf"
    configuration.touch(mode=0o600)
    # In a file, because other users can read a command line.
    configuration.write_text(f'requirepass {password}\nbind {LOOPBACK}\nsave ""\nappendonly no\ndir {folder}\n')
    with _listening(
        lambda port: _spawn(None, [program, configuration, "--port", str(port)], folder, folder / "log"),
        ready=_answers,
        stop=signal.SIGTERM,
        name="Redis",
        log=folder / "log",
    ) as (port, process):
        yield Redis(port=port, password=password, pid=process.pid)


def keep_services(folder: Path, *, watched: int, durable: bool = False) -> Services:
    """Start PostgreSQL and Redis below `folder`, kept by a process that ends them once process `watched` is gone.

    Called again for the same folder, it gives the services that already run. Raises `ServiceMissing`.
    """
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ADDRESSES).exists():
            # The keeper leaves this process at once and closes its output when its services run.
            said = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "deploy.private_services",
                    folder,
                    str(watched),
                    "durable" if durable else "quick",
                ],
                cwd=Path(__file__).resolve().parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            ).stdout.strip()
            if said:
                raise ServiceMissing(said)
        if not (folder / ADDRESSES).exists():
            raise ServiceMissing("The private services ended before they were ready.")
        found = json.loads((folder / ADDRESSES).read_text())
    return Services(postgres=Postgres(**found["postgres"]), redis=Redis(**found["redis"]))


def end_services(folder: Path) -> None:
    """End the services kept below `folder`, wait until they are gone, and remove the folder with all that is in it.

    For a folder of the caller's own making, such as from `temporary_folder`.
    """
    keeper_file = folder / "keeper"
    if keeper_file.exists():
        keeper = int(keeper_file.read_text())
        try:
            descriptor = os.pidfd_open(keeper)
        except ProcessLookupError:
            pass
        else:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            select.select([descriptor], [], [], 30)
            os.close(descriptor)
    shutil.rmtree(folder, ignore_errors=True)


def keep(folder: Path, watched: int, *, durable: bool) -> None:
    """Run both services until process `watched` is gone or someone sends SIGTERM. The keeper's own main function."""
    gone = os.pidfd_open(watched)
    asked, ask = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(ask, b"x"))
    (folder / "keeper").write_text(str(os.getpid()))
    with ExitStack() as services:
        services.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = services.enter_context(start_postgres(folder / "postgres", durable=durable))
        redis = services.enter_context(start_redis(folder / "redis"))
        addresses = folder / ADDRESSES
        addresses.touch(mode=0o600)
        addresses.write_text(json.dumps({"postgres": asdict(postgres), "redis": asdict(redis)}))
        # Whoever started the keeper reads its output to the end, to know that the services run.
        _silence()
        select.select([gone, asked], [], [])


@contextmanager
def _listening(
    spawn: Callable[[int], "subprocess.Popen[bytes]"],
    *,
    ready: Callable[[int], bool],
    stop: signal.Signals,
    name: str,
    log: Path,
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run a server on a free port until the block ends. Another program may take the port first: then on another."""
    for _attempt in range(5):
        port = free_port()
        process = spawn(port)
        try:
            if _becomes_ready(process, port, ready):
                yield port, process
                return
        finally:
            _end(process, stop)
    lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
    raise ServiceMissing("\n".join([f"{name} does not start:", *lines]))


def free_port() -> int:
    """Give a loopback port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
    return port


def _becomes_ready(process: "subprocess.Popen[bytes]", port: int, ready: Callable[[int], bool]) -> bool:
    """Wait up to half a minute; False once the process has ended."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if ready(port):
            return True
        time.sleep(0.02)
    return False


def _answers(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _end(process: "subprocess.Popen[bytes]", stop: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _spawn(
    account: pwd.struct_passwd | None, command: Sequence[str | Path], folder: Path, log: Path
) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches the tests, which end the server when they are done with it.
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=_plain_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_identity(account),
        )


def _run_as(account: pwd.struct_passwd | None, command: Sequence[str | Path], folder: Path) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=_plain_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **_identity(account),
    )
    if done.returncode:
        raise ServiceMissing(f"{Path(command[0]).name} fails: {done.stderr.strip() or done.stdout.strip()}")


def _plain_environment(folder: Path) -> dict[str, str]:
    """Nothing of the caller's own settings (PGDATA, PGPORT, …) reaches the server."""
    return {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C.UTF-8"}


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity(account: pwd.struct_passwd | None) -> _Identity:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _account_for_postgres() -> pwd.struct_passwd | None:
    """Give the account that PostgreSQL runs as when that is not our own."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise ServiceMissing("PostgreSQL does not run as root. Make a user for it: useradd --system postgres") from None


def _postgres_version(programs: Path) -> int:
    told = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"([0-9]+)", told)
    return int(match[1]) if match else 0


def _others_may_enter(folder: Path) -> bool:
    return all(part.is_dir() and part.stat().st_mode & stat.S_IXOTH for part in [folder, *folder.resolve().parents])


def _silence() -> None:
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    os.setsid()
    try:
        keep(Path(sys.argv[1]), int(sys.argv[2]), durable=sys.argv[3] == "durable")
    except ServiceMissing as missing:
        print(missing)
        sys.exit(1)
