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
from audit.signing.log_keys import LogVerifier, read_log_keys
from audit.signing.promise_key import PromiseKeyUnusable, load_promise_verifiers, promise_signer
from audit.signing.signed_note import NoteError, is_key_name
from audit.timestamping.authority import CertificatesMissing, read_certificates
from audit.witness.policy import PolicyError, read_policy

FEWEST_TOKEN_CHARACTERS = 20
GUARDED_TABLES = frozenset(
    {
        "audit_entry",
        "audit_record",
        "audit_erasure",
        "audit_leaf",
        "audit_tile",
        "audit_checkpoint",
        "audit_log_head",
        "audit_cosignature",
        "audit_publication",
        "audit_watched_log",
        "audit_shown_fork",
        "audit_ended_log",
        "audit_timestamp",
    }
)

# What says the same in another way.
ELSEWHERE = {"LOG_LAST_CHECKPOINT_FILE": ("LOG_LAST_CHECKPOINT_URL",)}


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
                "Set it to a file outside the database and its backups, or LOG_LAST_CHECKPOINT_URL to an object in a"
                " bucket. It keeps the log from forking after a restore.",
                "audit.E003",
            ),
        )
        if not any(getattr(settings, name, None) for name in (setting, *ELSEWHERE.get(setting, ())))
    ]


@register
def check_signing_key(**kwargs: Any) -> list[CheckMessage]:
    file = getattr(settings, "LOG_SIGNING_KEY_FILE", None)
    return [] if not file else [*_check_mode(Path(file)), *_check_verifier(verifier_file(Path(file)))]


@register
def check_promise_key(**kwargs: Any) -> list[CheckMessage]:
    file = Path(settings.LOG_PROMISE_KEY_FILE)
    if not file.exists():
        return [
            checks.Warning(
                f"There is no key in {file}: nothing is released, because nobody could be promised its entry.",
                hint="Run: manage.py create_promise_key. Web and worker processes share one key.",
                id="audit.W030",
            )
        ]
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [
            Error(
                f"Others may read the key that signs promises: {file}.",
                hint=f"Run: chmod 600 {file}. If others could sign in to this machine, rotate it:"
                " manage.py create_promise_key --rotate",
                id="audit.E030",
            )
        ]
    try:
        promise_signer()
        load_promise_verifiers()
    except PromiseKeyUnusable:
        return [
            Error(
                f"{file} and {file}.pub hold no keys of this log that sign promises.",
                hint="Put back the copies that you kept, or make new ones: manage.py create_promise_key.",
                id="audit.E031",
            )
        ]
    return []


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
        name = LogVerifier(read_log_keys(file.read_text(encoding="utf-8"))).name
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
def check_metrics_token(**kwargs: Any) -> list[CheckMessage]:
    if len(settings.METRICS_TOKEN) >= FEWEST_TOKEN_CHARACTERS or not settings.METRICS_TOKEN:
        return []
    return [
        Error(
            "METRICS_TOKEN can be guessed.",
            hint=f"Set it to {FEWEST_TOKEN_CHARACTERS} or more random characters, or leave it out to have no metrics.",
            id="audit.E032",
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
def check_timestamps(**kwargs: Any) -> list[CheckMessage]:
    if not getattr(settings, "LOG_TIMESTAMP_URL", ""):
        return []
    try:
        read_certificates()
    except CertificatesMissing as error:
        return [
            Error(
                "Timestamps of the log could not be checked.",
                hint=str(error.detail),
                id="audit.E009",
            )
        ]
    return []


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
def check_witness_policy(**kwargs: Any) -> list[CheckMessage]:
    text = getattr(settings, "LOG_WITNESS_POLICY", "")
    if not text:
        return []
    hint = (
        "Set it, or LOG_WITNESS_POLICY_FILE, to a policy as https://c2sp.org/tlog-policy describes: a line"
        " `witness NAME KEY ADDRESS` for each, groups if you like, and one line `quorum NAME`."
    )
    try:
        policy = read_policy(text)
    except PolicyError as error:
        return [Error(f"LOG_WITNESS_POLICY is no policy: {error}.", hint=hint, id="audit.E020")]
    found: list[CheckMessage] = []
    if nowhere := [witness.name for witness in policy.witnesses if not witness.url]:
        found.append(Error(f"LOG_WITNESS_POLICY gives no address of {', '.join(nowhere)}.", hint=hint, id="audit.E021"))
    if policy.is_met(()):
        found.append(
            checks.Warning(
                "LOG_WITNESS_POLICY asks for no cosignature: checkpoints are published whoever signs them.",
                hint="Name a witness or a group of them in its quorum, once they all sign.",
                id="audit.W020",
            )
        )
    return found


@register
def check_witness_key(**kwargs: Any) -> list[CheckMessage]:
    named = getattr(settings, "WITNESS_KEY_FILE", "")
    if not named:
        return []
    file = Path(named)
    if not is_key_name(getattr(settings, "WITNESS_NAME", "")):
        return [
            Error(
                "WITNESS_KEY_FILE is set, and WITNESS_NAME does not name the witness.",
                hint="Set it to a name under a domain of yours, such as deelwijs.example.nl/witness, without spaces or"
                " plus signs. It stands in every cosignature and never changes.",
                id="audit.E022",
            )
        ]
    # Absent is no mistake here: the sequencer's machine and others have no need of it.
    if file.exists() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [
            Error(
                f"Others may read the key that cosigns the logs of others: {file}.",
                hint=f"Run: chmod 600 {file}. If others could sign in to this machine, make a new key with another"
                " WITNESS_NAME, and tell those who rely on it.",
                id="audit.E023",
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
                id="audit.E034",
            )
        ]
    return []


@register
def check_controller(**kwargs: Any) -> list[CheckMessage]:
    controller = getattr(settings, "SERVICE_CONTROLLER", "")
    if not controller:
        return [
            checks.Warning(
                "SERVICE_CONTROLLER is empty: nobody answers for lines that name no organisation, such as signing in.",
                hint="Set it to the OIN, 20 digits, of the organisation that runs this service.",
                id="audit.W002",
            )
        ]
    if len(controller) == 20 and controller.isascii() and controller.isdigit():
        return []
    return [Error("SERVICE_CONTROLLER is no OIN.", hint="An OIN is 20 digits.", id="audit.E033")]


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
            return _unguarded_on_postgresql(cursor, present)
        cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        return present - {table for (table,) in cursor.fetchall()}


def _unguarded_on_postgresql(cursor: Any, tables: frozenset[str]) -> frozenset[str]:
    """Find tables without a trigger, and partitions that lack one of those of their table.

    A trigger that `session_replication_role` switches off counts for nothing.
    """
    cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'")
    guards: dict[str, set[str]] = {}
    for table, trigger in cursor.fetchall():
        guards.setdefault(table, set()).add(trigger)
    cursor.execute("SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits")
    bare = {
        partition
        for partition, table in cursor.fetchall()
        if table in tables and not guards.get(table, set()) <= guards.get(partition, set())
    }
    return frozenset(bare | {table for table in tables if table not in guards})
