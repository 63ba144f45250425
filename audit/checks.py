"""Mistakes of deployment that would make the log worthless, found before the service starts."""

import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.utils.module_loading import import_string

from audit.logboek.destinations import DestinationsUnusable, read_destinations
from audit.logboek.subject import SubjectKeyUnusable, read_subject_key
from audit.signing.log_key import verifier_file
from audit.signing.signed_note import NoteError, is_key_name, read_verifier

GUARDED_TABLES = frozenset(
    {"audit_entry", "audit_record", "audit_leaf", "audit_tile", "audit_checkpoint", "audit_log_head"}
)


@register
def check_origin(**kwargs: Any) -> list[CheckMessage]:
    if is_key_name(getattr(settings, "LOG_ORIGIN", "")):
        return []
    return [
        Error(
            "LOG_ORIGIN does not name the log.",
            hint="Set it to a name under a domain of yours, such as log.example.nl/2026, without spaces or plus"
            " signs. It stands in every checkpoint and never changes.",
            id="audit.E001",
        )
    ]


@register
def check_files_are_named(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{setting} names no file.",
            hint=hint,
            id=identifier,
        )
        for setting, hint, identifier in (
            (
                "LOG_SIGNING_KEY_FILE",
                "Set it to where the key that signs checkpoints is kept, and make one: manage.py create_log_key.",
                "audit.E002",
            ),
            (
                "LOG_LAST_CHECKPOINT_FILE",
                "Set it to a file outside the database and its backups. It keeps the log from forking after a restore.",
                "audit.E003",
            ),
        )
        if not getattr(settings, setting, None)
    ]


@register
def check_signing_key(**kwargs: Any) -> list[CheckMessage]:
    file = getattr(settings, "LOG_SIGNING_KEY_FILE", None)
    return [] if not file else [*_check_mode(Path(file)), *_check_verifier(verifier_file(Path(file)))]


def _check_mode(signing_key_file: Path) -> list[CheckMessage]:
    # Absent is no mistake here: only the sequencer's machine has the private half.
    if not signing_key_file.exists() or not signing_key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [
        Error(
            f"Others may read the key that signs checkpoints: {signing_key_file}.",
            hint=f"Run: chmod 600 {signing_key_file}. If others could sign in to this machine, start a new log.",
            id="audit.E004",
        )
    ]


def _check_verifier(file: Path) -> list[CheckMessage]:
    if not file.exists():
        return [
            checks.Warning(
                f"There is no verifier key in {file}: checkpoints can be neither checked nor published.",
                hint="Run: manage.py create_log_key, or copy the file from the sequencer's machine.",
                id="audit.W001",
            )
        ]
    try:
        name = read_verifier(file.read_text(encoding="utf-8")).name
    except (OSError, UnicodeDecodeError, NoteError) as error:
        return [Error(f"{file} holds no verifier key: {error}.", hint="Copy it again.", id="audit.E005")]
    if name == getattr(settings, "LOG_ORIGIN", ""):
        return []
    return [
        Error(
            f"The key is of the log {name}, not of the one that LOG_ORIGIN names.",
            hint="A log keeps its name and its key together: set LOG_ORIGIN to the name in the key, or name another"
            " LOG_SIGNING_KEY_FILE.",
            id="audit.E005",
        )
    ]


@register
def check_promised_delay(**kwargs: Any) -> list[CheckMessage]:
    delay = getattr(settings, "LOG_PROMISED_DELAY", None)
    if isinstance(delay, timedelta) and delay > timedelta(0):
        return []
    return [
        Error(
            "LOG_PROMISED_DELAY promises nothing.",
            hint="Set it to how soon an entry is under a signed checkpoint: a timedelta of more than zero.",
            id="audit.E006",
        )
    ]


@register
def check_people(**kwargs: Any) -> list[CheckMessage]:
    try:
        import_string(getattr(settings, "AUDIT_PEOPLE", ""))
    except ImportError:
        return [
            Error(
                "AUDIT_PEOPLE names nothing that can be imported.",
                hint="Set it to the dotted path of a class with the methods of audit.people.People.",
                id="audit.E007",
            )
        ]
    return []


@register
def check_logboek(**kwargs: Any) -> list[CheckMessage]:
    file = getattr(settings, "LDV_DESTINATIONS_FILE", "")
    if not file:
        return []
    try:
        for destination in read_destinations(Path(file)):
            read_subject_key(destination.subject_key_file)
    except (DestinationsUnusable, SubjectKeyUnusable) as error:
        return [
            Error(
                f"The collectors of the Logboek Dataverwerkingen cannot be used: {error}.",
                hint="LDV_DESTINATIONS_FILE names a TOML file of [[destination]] tables; see deploy/README.md.",
                id="audit.E020",
            )
        ]
    return []


@register(Tags.database)
def check_guards(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Find tables of the log that lost their triggers; runs with `migrate` and `check --database`."""
    return [
        Error(
            f"Nothing in the database {alias} keeps the table {table} from being changed.",
            hint="Altering a table on SQLite drops its triggers, and an owner can drop them anywhere. Create them"
            " again as the audit migrations do, then run manage.py verify_log.",
            id="audit.E008",
        )
        for alias in databases or ()
        for table in sorted(_unguarded_tables(alias))
    ]


def _unguarded_tables(alias: str) -> frozenset[str]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        present = GUARDED_TABLES & set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        return present - {table for (table,) in cursor.fetchall()}
