"""A copy of the log to damage: a SQLite file, whatever database the service uses."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from audit.tree.merkle import CompactRange
from deploy import databases

_BATCH = 2000


def copy_log(folder: Path) -> Path:
    """Copy the log into a new file in `folder`, and return the file.

    From SQLite it is the whole database, by SQLite's own backup. From another database it is every row of the log,
    read with no more right than to read, into the same tables of a new file.
    """
    file = folder / "scratch.sqlite3"
    if connection.vendor == "sqlite":
        address = Path(connection.settings_dict["NAME"]).resolve().as_uri()
        with (
            closing(sqlite3.connect(f"{address}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(file)) as target,
        ):
            source.backup(target)
    else:
        run_on_copy(file, "migrate", "audit", "--skip-checks", "--verbosity=0")
        with closing(sqlite3.connect(file)) as target, _one_moment():
            _drop_triggers(target)
            for model in apps.get_app_config("audit").get_models():
                _copy_rows(model, target, _dialect(file))
            target.commit()
    return file


def alter_record(file: Path, entry_id: str, *, old: str, new: str) -> int:
    """Change `old` to `new` in what the log says of an entry, as somebody with all rights would; return the rows."""
    with closing(sqlite3.connect(file)) as copy:
        _drop_triggers(copy)
        changed = copy.execute(
            "UPDATE audit_record SET canonical = CAST(replace(CAST(canonical AS TEXT), ?, ?) AS BLOB)"
            " WHERE entry_id = ?",
            (old, new, entry_id.replace("-", "")),
        ).rowcount
        copy.commit()
    return changed


def set_log_back(file: Path) -> tuple[int, int]:
    """Set the log back to the checkpoint before its newest, as a restored backup is; return both sizes.

    Entries and records stay: what shows that a log went back is its tree.
    """
    with closing(sqlite3.connect(file)) as copy:
        _drop_triggers(copy)
        newest, older = (
            size for (size,) in copy.execute("SELECT size FROM audit_checkpoint ORDER BY size DESC LIMIT 2")
        )
        tree = CompactRange()
        leaves = copy.execute('SELECT leaf_hash FROM audit_leaf WHERE "index" < ? ORDER BY "index"', (older,))
        for (leaf_hash,) in leaves.fetchall():
            tree.append(leaf_hash)
        copy.execute("DELETE FROM audit_checkpoint WHERE size > ?", (older,))
        # Of the moment in which it was signed, and no witness had seen it yet.
        for table in ("audit_cosignature", "audit_publication"):
            copy.execute(f"DELETE FROM {table} WHERE size >= ?", (older,))  # noqa: S608 the tables are named here
        copy.execute('DELETE FROM audit_leaf WHERE "index" >= ?', (older,))
        # A tile of level L covers 256 to the power L + 1 leaves.
        copy.execute('DELETE FROM audit_tile WHERE ("index" + 1) << (8 * (level + 1)) > ?', (older,))
        copy.execute("UPDATE audit_log_head SET size = ?, frontier = ?", (tree.size, tree.to_bytes()))
        copy.commit()
    return newest, older


def going_alarms(file: Path) -> set[str]:
    """Return the kinds of the alarms that go on in the copy."""
    with closing(sqlite3.connect(file)) as copy:
        return {kind for (kind,) in copy.execute("SELECT kind FROM audit_alarm WHERE ended_at IS NULL")}


def run_on_copy(file: Path, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a management command of this service on the copy, in a process of its own."""
    return run_command(*command, DATABASE_URL=f"sqlite://{file}", **environment)


def run_command(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a management command of this service in a process of its own, with its settings and `environment`."""
    return subprocess.run(
        [sys.executable, str(settings.BASE / "manage.py"), *command],
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read all tables as they are at one moment, while the service goes on."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _dialect(file: Path) -> BaseDatabaseWrapper:
    """Return what knows how Django writes values in SQLite. It never connects."""
    configuration = databases.configuration(f"sqlite://{file}", statement_timeout=settings.DATABASE_STATEMENT_TIMEOUT)
    return ConnectionHandler({"default": configuration})["default"]


def _drop_triggers(copy: sqlite3.Connection) -> None:
    for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        copy.execute(f'DROP TRIGGER "{name}"')


def _copy_rows(model: type[models.Model], target: sqlite3.Connection, dialect: BaseDatabaseWrapper) -> None:
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join("?" for _field in fields)
    table = model._meta.db_table
    rows = model._default_manager.values_list(*(field.attname for field in fields)).iterator(_BATCH)

    def written() -> Iterator[list[Any]]:
        for row in rows:
            yield [field.get_db_prep_save(value, connection=dialect) for field, value in zip(fields, row, strict=True)]

    # Names from our own models. The migration has put a row or two in already.
    target.execute(f'DELETE FROM "{table}"')  # noqa: S608
    target.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', written())  # noqa: S608
