"""The addresses of database and queue, and what the service insists on whatever they are."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from deploy import broker, databases
from deploy.environment import SettingError

FIFTEEN_SECONDS = timedelta(seconds=15)
TEN_MINUTES = timedelta(minutes=10)


def test_a_postgres_address_is_read_with_escapes_and_options() -> None:
    found = databases.configuration(
        "postgres://de%40app:p%2Fw@db.example:5433/deel%20wijs?sslmode=verify-full", statement_timeout=FIFTEEN_SECONDS
    )
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "de@app",
        "p/w",
        "db.example",
        "5433",
        "deel wijs",
    )
    assert found["OPTIONS"]["sslmode"] == "verify-full"


def test_a_socket_folder_is_a_host() -> None:
    found = databases.configuration("postgres:///deelwijs?host=/run/postgresql", statement_timeout=FIFTEEN_SECONDS)
    assert found["HOST"] == "/run/postgresql"


@pytest.mark.parametrize(
    "address", ["postgres://host", "postgres://host/a/b", "sqlite://relative.db", "sqlite:///", "sqlite://host/file"]
)
def test_an_address_without_a_database_is_refused(address: str) -> None:
    with pytest.raises(SettingError, match=r"^Set DATABASE_URL to "):
        databases.configuration(address, statement_timeout=FIFTEEN_SECONDS)


def test_postgres_sessions_have_limits_and_commit_to_disk(db: None) -> None:
    """OWASP ASVS 5.0 V13.2.6: a dependency that hangs does not hang the service."""
    wanted = {
        "statement_timeout": "15s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
        "synchronous_commit": "on",
    }
    with connection.cursor() as cursor:
        for name, value in wanted.items():
            cursor.execute("SELECT current_setting(%s)", [name])
            assert cursor.fetchone() == (value,), name
    assert connection.settings_dict["OPTIONS"]["connect_timeout"] == "5"


def test_the_service_is_not_the_owner_of_its_tables(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_sqlite_sessions_wait_for_their_turn_and_forget_what_is_deleted(sqlite_db: Path) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "recursive_triggers": 1, "secure_delete": 1, "foreign_keys": 1}
    with connection.cursor() as cursor:
        for pragma, value in wanted.items():
            cursor.execute(f"PRAGMA {pragma}")
            assert cursor.fetchone() == (value,), pragma
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_redis_hands_out_a_task_again_only_after_the_longest_task() -> None:
    address, options = broker.connection("redis://:secret@host/1", longest_task=TEN_MINUTES)
    assert address == "redis://:secret@host/1"
    assert options["visibility_timeout"] > TEN_MINUTES.total_seconds()
    assert options["unacked_restore_interval"] == 2


def test_a_folder_is_a_queue_for_trying_out(tmp_path: Path) -> None:
    address, options = broker.connection(f"filesystem://{tmp_path}/a%20queue", longest_task=TEN_MINUTES)
    assert address == "filesystem://"
    assert Path(options["data_folder_in"]).is_dir()
    assert options["data_folder_in"] == options["data_folder_out"] == f"{tmp_path}/a queue/messages"
    assert options["polling_interval"] == 0.02
