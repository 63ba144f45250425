"""The database's address as Django's settings: PostgreSQL, or SQLite for trying the service out."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from deploy.environment import SettingError


def configuration(address: str, *, statement_timeout: timedelta) -> dict[str, Any]:
    """Give the entry of Django's DATABASES for `postgres://user:password@host:port/name` or `sqlite:///absolute/file`.

    Options of libpq may follow: `?sslmode=verify-full`, or `?host=/run/postgresql` for the folder of a Unix socket.
    """
    if urlsplit(address).scheme == "sqlite":
        return _sqlite(address)
    return _postgres(address, statement_timeout)


def _postgres(address: str, statement_timeout: timedelta) -> dict[str, Any]:
    parts = urlsplit(address)
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        raise SettingError("Set DATABASE_URL to an address that ends in one slash and the database's name.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        # A connection lives as long as its thread: a new one costs 4 to 10 times a request (measured). No check before
        # use: it is a round trip in every request, and the one request that finds the database gone answers 503,
        # which a caller repeats with its idempotency key; Django makes a new connection for the next.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            "application_name": "deelwijs",
            "connect_timeout": "5",
            # A database machine that vanished without closing its connections is noticed within 20 seconds.
            "keepalives_idle": "10",
            "keepalives_interval": "5",
            "keepalives_count": "2",
            "tcp_user_timeout": "20000",
            # Parameters travel apart from the statement, and a statement that comes back is not parsed again.
            "server_side_binding": True,
            "prepare_threshold": 3,
            "options": " ".join(
                [
                    f"-c statement_timeout={round(statement_timeout.total_seconds() * 1000)}",
                    "-c lock_timeout=5000",
                    # As on an SSD. With the default, made for turning disks, a prepared statement reads a table whole
                    # while it is small, and goes on doing so while it grows, until PostgreSQL counts its rows again.
                    "-c random_page_cost=1.1",
                    "-c idle_in_transaction_session_timeout=30000",
                    # "No log, no data" speaks of durable entries; a setting of the database may not weaken it.
                    "-c synchronous_commit=on",
                ]
            ),
            **options,
        },
    }


def _sqlite(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    file = Path(unquote(parts.path))
    if parts.netloc or file == Path("/"):
        raise SettingError("Set DATABASE_URL to sqlite:// and the absolute path of a file, so with three slashes.")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # With Django's default, a transaction that reads first cannot wait for its turn to write and fails at once.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": ";".join(
                [
                    "PRAGMA journal_mode=WAL",
                    # A commit is on the disk before the answer leaves, as on PostgreSQL.
                    "PRAGMA synchronous=FULL",
                    # INSERT OR REPLACE fires the triggers that guard the log.
                    "PRAGMA recursive_triggers=ON",
                    # A destroyed key leaves no copy in a free page.
                    "PRAGMA secure_delete=ON",
                ]
            ),
        },
    }
