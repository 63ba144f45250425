"""What a thief takes away: backups, write-ahead log, queue, logs and files, as they are on a running service."""

import base64
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.private_services import postgres_programs
from tests.conftest import RUN_FOLDER, TestDatabase

_SEGMENT = 16 * 1024 * 1024
_PAGE = 8192
_PAGE_HEADER, _FIRST_PAGE_HEADER = 24, 40


def dump(database: TestDatabase, *arguments: str) -> bytes:
    """Return a backup of a database as SQL."""
    command: list[str | Path] = [
        postgres_programs() / "pg_dump",
        f"--dbname={database.url('deelwijs_owner')}",
        "--no-owner",
        "--no-privileges",
        *arguments,
    ]
    return subprocess.run(command, check=True, capture_output=True, env={"PATH": os.defpath}, timeout=60).stdout


@contextmanager
def kept_write_ahead_log(database: TestDatabase) -> Iterator[int]:
    """Give the position in the log of PostgreSQL, and keep what is written from there on, as for a replica.

    Other tests write into the same log meanwhile, and a server throws away what nobody said to need.
    """
    slot = f"thief_{secrets.token_hex(8)}"
    with database.connect() as connection:
        connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [slot])
        try:
            yield _position(connection, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        finally:
            connection.execute("SELECT pg_drop_replication_slot(%s)", [slot])


def write_ahead_log(database: TestDatabase, since: int) -> bytes:
    """Return what PostgreSQL wrote to its log since a position: what replicas and archives get, page headers taken out.

    Without them a text that runs over the edge of a page is whole.
    """
    with database.connect() as connection:
        # Writes out all of it, and ends the segment as an archive gets it.
        connection.execute("CHECKPOINT")
        end = _position(connection, "SELECT pg_switch_wal() - '0/0'::pg_lsn")
        names = [
            _one(connection, f"SELECT pg_walfile_name('0/0'::pg_lsn + {segment * _SEGMENT + 1})")
            for segment in range(since // _SEGMENT, end // _SEGMENT + 1)
        ]
    folder = RUN_FOLDER / "postgres" / "data" / "pg_wal"
    # The last segment is not there yet where the log ended with the one before it.
    written = names if end % _SEGMENT else names[:-1]
    whole = b"".join((folder / name).read_bytes() for name in written)
    first = since // _SEGMENT * _SEGMENT
    pages = range((since - first) // _PAGE * _PAGE, end - first, _PAGE)
    return b"".join(
        whole[page + (_PAGE_HEADER if page % _SEGMENT else _FIRST_PAGE_HEADER) : page + _PAGE] for page in pages
    )


def _position(connection: Any, question: str) -> int:
    return int(_one(connection, question))


def _one(connection: Any, question: str) -> Any:
    return connection.execute(question).fetchone()[0]


def memory_of_redis(url: str) -> bytes:
    """Return every key and value in a database of Redis, and the bodies of the tasks that wait there as they are."""
    with redis.Redis.from_url(url) as client:
        return b"\n".join(_values(client))


def _values(client: Any) -> Iterator[bytes]:
    for key in client.scan_iter():
        yield key
        yield client.dump(key)
        match client.type(key):
            case b"string":
                yield client.get(key)
            case b"hash":
                yield from (part for item in client.hgetall(key).items() for part in item)
            case b"set":
                yield from client.smembers(key)
            case b"zset":
                yield from client.zrange(key, 0, -1)
            case b"list":
                for message in client.lrange(key, 0, -1):
                    yield message
                    yield base64.b64decode(json.loads(message)["body"])
            case other:
                pytest.fail(f"{key!r} is a {other!r}, which nobody looks into")


def content_of(folder: Path) -> bytes:
    """Return the names and the bytes of all files below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(part for path in files for part in (str(path.relative_to(folder)).encode(), path.read_bytes()))
