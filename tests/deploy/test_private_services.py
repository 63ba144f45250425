"""Private servers: only for us, only here, and gone with whoever asked for them."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis as RedisClient
from redis.exceptions import AuthenticationError

from deploy import private_services
from deploy.private_services import (
    Postgres,
    Redis,
    ServiceMissing,
    end_services,
    keep_services,
    start_redis,
    temporary_folder,
)

BASE = Path(__file__).resolve().parents[2]
ASK_AND_WAIT = """
import os, sys, time
from pathlib import Path
from deploy.private_services import keep_services
services = keep_services(Path(sys.argv[1]), watched=os.getpid())
print(services.postgres.pid, services.redis.pid, flush=True)
time.sleep(600)
"""


def test_postgres_answers_on_loopback_and_asks_for_a_password(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url()) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
    assert row == ("127.0.0.1",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={postgres.port} user=deelwijs_owner dbname=postgres")


def test_redis_answers_on_loopback_and_asks_for_a_password(redis: Redis) -> None:
    with RedisClient.from_url(redis.url()) as client:
        assert client.config_get("bind") == {b"bind": b"127.0.0.1"} or client.config_get("bind")
    with RedisClient(port=redis.port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()


def test_nobody_else_lists_the_folder() -> None:
    folder = temporary_folder()
    mode = stat.S_IMODE(folder.stat().st_mode)
    folder.rmdir()
    assert mode == 0o711


def test_a_server_ends_with_its_block() -> None:
    folder = temporary_folder()
    with start_redis(folder / "redis") as redis:
        assert Path(f"/proc/{redis.pid}").exists()
    assert not Path(f"/proc/{redis.pid}").exists()
    end_services(folder)


def test_asked_twice_they_are_the_same_and_ending_removes_all() -> None:
    folder = temporary_folder()
    first = keep_services(folder, watched=os.getpid())
    assert keep_services(folder, watched=os.getpid()) == first
    end_services(folder)
    assert not folder.exists()
    assert not Path(f"/proc/{first.postgres.pid}").exists()
    assert not Path(f"/proc/{first.redis.pid}").exists()


def test_they_end_when_who_asked_is_killed() -> None:
    folder = temporary_folder()
    asking = subprocess.Popen(
        [sys.executable, "-c", ASK_AND_WAIT, str(folder)], cwd=BASE, stdout=subprocess.PIPE, text=True
    )
    assert asking.stdout is not None
    with asking.stdout as said:
        servers = [int(number) for number in said.readline().split()]
    assert all(Path(f"/proc/{server}").exists() for server in servers)
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    assert not any(Path(f"/proc/{server}").exists() for server in servers)


def test_a_missing_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr(private_services, "POSTGRES_FOLDERS", Path("/nonexistent"))
    with pytest.raises(ServiceMissing, match="apt-get install postgresql"):
        private_services.postgres_programs()
    with pytest.raises(ServiceMissing, match="apt-get install redis-server"):
        private_services.redis_program()
