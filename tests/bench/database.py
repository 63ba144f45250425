"""The database under measurement: PostgreSQL that writes to the disk, with the service's own tables and roles."""

import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.bench.processes import cpu_seconds

BASE = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class BenchDatabase:
    """A migrated database. `environment` makes Django use it as the role that the service runs as."""

    owner_url: str
    environment: dict[str, str]
    folder: str
    pid: int

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)


def prepare_database(server_url: str, name: str) -> BenchDatabase:
    """Make, migrate and grant a database on the private server, with the settings of production around it."""
    parts = urlsplit(server_url)
    owner_url = urlunsplit(parts._replace(path=f"/{name}"))
    folder = tempfile.mkdtemp(prefix="deelwijs-bench-")
    (Path(folder) / "static").mkdir()
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        row = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int").fetchone()
    assert row is not None
    environment = {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "DEMONSTRATION": "false",
        "PROXY_TELLS_HTTPS": "true",
        "LOG_LEVEL": "WARNING",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": owner_url,
        "REDIS_URL": os.environ["BENCH_REDIS_URL"],
        "CELERY_BROKER_URL": os.environ["BENCH_REDIS_URL"],
        "VAR": folder,
        "KEY_SERVICE_FOLDER": f"{folder}/keys",
        "LOG_ORIGIN": "bench.example/log",
        "LOG_SIGNING_KEY_FILE": f"{folder}/log-signing-key",
        "LOG_LAST_CHECKPOINT_FILE": f"{folder}/last-checkpoint",
        "OIDC_CITIZENS_ISSUER": "https://citizens.example",
        "OIDC_STAFF_ISSUER": "https://staff.example",
    }
    for command in (["create_log_key"], ["migrate"], ["grant_roles"]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=BASE,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE bench_app LOGIN PASSWORD {} IN ROLE deelwijs_app").format(
                sql.Literal(parts.password or "")
            )
        )
    app = parts._replace(netloc=f"bench_app:{parts.password}@{parts.hostname}:{parts.port}", path=f"/{name}")
    environment["DATABASE_URL"] = urlunsplit(app)
    return BenchDatabase(owner_url, environment, folder, int(row[0]))
