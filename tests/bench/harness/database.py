"""The database under measurement: PostgreSQL that writes to the disk, with the service's own tables and roles."""

import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.bench.harness.processes import cpu_seconds

BASE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class BenchDatabase:
    """A migrated database. `environment` makes Django use it as the role that the service runs as."""

    owner_url: str
    environment: dict[str, str]
    pid: int

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def settle(self) -> None:
        """Do what PostgreSQL does by itself every minute, so that it falls in no run: plans for tables of the size
        that they now have, and nothing left over for the next checkpoint to write."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def prepare_database(server_url: str, name: str, folder: Path) -> BenchDatabase:
    """Make, migrate and grant a database on the private server, with the settings of production around it.

    `folder` gets the keys, and whatever else the service keeps in files.
    """
    parts = urlsplit(server_url)
    owner_url = urlunsplit(parts._replace(path=f"/{name}"))
    (folder / "static").mkdir()
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        row = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int").fetchone()
    assert row is not None
    environment = {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "DEMONSTRATION": "false",
        "PROXY_TELLS_HTTPS": "true",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": owner_url,
        "REDIS_URL": os.environ["BENCH_REDIS_URL"],
        "CELERY_BROKER_URL": os.environ["BENCH_REDIS_URL"],
        "VAR": str(folder),
        "STATIC_PACKAGES": str(BASE / "var" / "static-packages"),
        "KEY_SERVICE_FOLDER": f"{folder}/keys",
        "FILE_STORAGE_URL": f"file://{folder}/files",
        "LOG_ORIGIN": "bench.example/log",
        "LOG_SIGNING_KEY_FILE": f"{folder}/log-signing-key",
        "LOG_PROMISE_KEY_FILE": f"{folder}/promise-key",
        "RECEIPT_SIGNING_KEY_FILE": f"{folder}/receipt-signing-key",
        "EVIDENCE_KEY_FILE": f"{folder}/evidence-key",
        "SERVICE_ADDRESS": "https://bench.example",
        # No server: nothing that is measured sends an e-mail.
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "LOG_LAST_CHECKPOINT_FILE": f"{folder}/last-checkpoint",
        "OIDC_CITIZENS_ISSUER": "https://citizens.example",
        "OIDC_CITIZENS_CLIENT_ID": "deelwijs-citizens",
        "OIDC_CITIZENS_CLIENT_KEY_FILE": f"{folder}/client-key.pem",
        "OIDC_STAFF_ISSUER": "https://staff.example",
        "OIDC_STAFF_CLIENT_ID": "deelwijs-staff",
        "OIDC_STAFF_CLIENT_KEY_FILE": f"{folder}/client-key.pem",
    }
    for command in (["create_log_key"], ["create_promise_key"], ["create_receipt_key"], ["migrate"], ["grant_roles"]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=BASE,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    database = BenchDatabase(owner_url, environment, int(row[0]))
    environment["DATABASE_URL"] = login_in(database, "deelwijs_app", "bench_app")
    return database


def login_in(database: BenchDatabase, role: str, name: str) -> str:
    """Make a login of a role of the service, and return the address that it connects to."""
    parts = urlsplit(database.owner_url)
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}").format(
                sql.Identifier(name), sql.Literal(parts.password or ""), sql.Identifier(role)
            )
        )
    return urlunsplit(parts._replace(netloc=f"{name}:{parts.password}@{parts.hostname}:{parts.port}"))


def copy_database(database: BenchDatabase, name: str) -> BenchDatabase:
    """Return a second database on the same server with the same rows and keys. Nobody may use the first meanwhile."""
    with psycopg.connect(_renamed(database.owner_url, "postgres"), autocommit=True) as connection:
        first = sql.Identifier(urlsplit(database.owner_url).path[1:])
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), first))
    environment = database.environment | {"DATABASE_URL": _renamed(database.environment["DATABASE_URL"], name)}
    return replace(database, owner_url=_renamed(database.owner_url, name), environment=environment)


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
