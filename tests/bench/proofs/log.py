"""A long log, made by the database itself: every row, hash, tile and signature is what the service would have written.

Entries, records and leaves come from `generate_series`, in batches, without the secondary indexes, which are made
afterwards; tiles and head by the code of the sequencer, from the leaves; the checkpoint by the sequencer itself. Needs
Django's environment set.
"""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import django

django.setup()

import psycopg  # noqa: E402 the apps must be loaded
from django.db import connection  # noqa: E402
from psycopg import sql  # noqa: E402

from audit.entry import ENTRY_DOMAIN, Entry, seal_entry  # noqa: E402
from audit.models import LogHead, Tile  # noqa: E402
from audit.services.sequence import sequence_pending  # noqa: E402
from audit.tree.merkle import CompactRange, split_hashes  # noqa: E402
from audit.tree.stored_tiles import StoredTiles  # noqa: E402
from audit.tree.tiles import TILE_WIDTH, tiles_filled  # noqa: E402
from tests.audit.log import HAPPENED, MUNICIPALITY, POLICE  # noqa: E402

BATCH = 20_000
BUILDERS = 2
TILES_AT_ONCE = 256
ENTRIES_OF_A_CITIZEN = 50
ENTRIES_OF_A_CONSENT = 10
ENTRIES_OF_A_CASE = 20
# One in so many is refused, and one in so many is by the police.
REFUSED, BY_POLICE = 20, 4
SPREAD = timedelta(days=90)

# Stand where the database fills something in; none of them occurs in the text of an entry otherwise.
_SUBJECT, _CASE, _TRACE, _SPAN = "5" * 64, "the-case", "7" * 32, "8" * 16
_AT = datetime(2001, 1, 1, tzinfo=UTC)
_ID = UUID("01890000-0000-7000-8000-000000000000")
_CONSENT = UUID("01890000-0000-7000-8000-000000000001")
_ORGANISATION, _REASON = "9" * 20, "the-reason"

# The fields of entry %(i)s of a log that spreads over %(spread)s up to %(until)s.
_FIELDS = """
SELECT i, at,
    (left(replace(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(seed, 1, 3)
        || '8' || substr(seed, 4, 15), '-', ''), 32))::uuid AS id,
    encode(sha256(convert_to('citizen' || i %% greatest(%(size)s / {citizen}, 1), 'UTF8')), 'hex') AS subject,
    ('01890000-0000-7000-9000-' || lpad(to_hex(i / {consent}), 12, '0'))::uuid AS consent,
    'Z-' || i / {case} AS "case",
    CASE WHEN i %% {police} = 0 THEN {police_oin} ELSE {municipality_oin} END AS organisation,
    CASE WHEN i %% {refused} = 0 THEN 'refused' ELSE 'allowed' END AS outcome,
    CASE WHEN i %% {refused} = 0 THEN 'no-consent' ELSE '' END AS reason,
    md5('trace' || i) AS trace_id, left(md5('span' || i), 16) AS span_id,
    sha256(convert_to('salt' || i, 'UTF8')) AS salt, sha256(convert_to('user' || i, 'UTF8')) AS user_salt
FROM (SELECT i, md5('id' || i) AS seed,
             %(until)s::timestamptz - %(spread)s::interval + i * (%(spread)s::interval / %(size)s) AS at
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i) AS numbered
"""

_INSERT = """
WITH fields AS MATERIALIZED ({fields}),
said AS MATERIALIZED (SELECT *, convert_to({canonical}, 'UTF8') AS canonical FROM fields),
made AS MATERIALIZED (SELECT *, sha256({domain} || salt || canonical) AS commitment FROM said),
entries AS (INSERT INTO audit_entry (id, commitment) SELECT id, commitment FROM made),
records AS (INSERT INTO audit_record (entry_id, salt, canonical, user_salt, user_sealed, at, action, outcome, reason,
                subject, organisation, role, purpose, purpose_version, consent, request, "case", trace_id)
            SELECT id, salt, canonical, user_salt, '', at, {action}, outcome, reason, subject, organisation,
                'requester', 'energy-allowance', NULL, consent, NULL, "case", trace_id FROM made)
INSERT INTO audit_leaf (index, entry_id, leaf_hash)
SELECT i, id, sha256('\\x00'::bytea || commitment) FROM made
"""


@dataclass(frozen=True, slots=True)
class BuiltLog:
    """Where it is, and how long; `citizens` is how many pseudonyms its entries are about."""

    url: str
    size: int

    @property
    def citizens(self) -> int:
        return max(self.size // ENTRIES_OF_A_CITIZEN, 1)


def build_log(url: str, *, size: int) -> BuiltLog:
    """Fill the empty log of the database that Django and `url`, as its owner, are connected to."""
    with _without_secondary_indexes(url):
        _insert_rows(url, size=size)
    _grow_tree(size)
    if sequence_pending(limit=1).checkpoint is None:
        raise SystemExit("The sequencer did not sign the log that was built.")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
        owner.execute("CHECKPOINT")
    return BuiltLog(url, size)


def _insert_rows(url: str, *, size: int) -> None:
    """Let a few connections insert batches side by side."""
    statement = _statement()
    values = {"size": size, "until": datetime.now(UTC), "spread": SPREAD}
    batches = iter(range(0, size, BATCH))
    lock, failed = threading.Lock(), threading.Event()

    def insert() -> None:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("SET synchronous_commit = off")
            while not failed.is_set():
                with lock:
                    first = next(batches, None)
                if first is None:
                    return
                try:
                    owner.execute(statement, values | {"first": first, "last": min(first + BATCH, size) - 1})
                except psycopg.Error:
                    failed.set()
                    raise
                _tell("rows", min(first + BATCH, size), size)

    threads = [threading.Thread(target=insert) for _ in range(BUILDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed.is_set():
        raise SystemExit("The rows could not be inserted; the errors stand above.")


def _statement() -> sql.Composed:
    """Return the statement that inserts a batch: the text of an entry of ours, cut where the database fills it in."""
    sealed = seal_entry(
        Entry(
            action=HAPPENED.name,
            outcome="allowed",
            reason=_REASON,
            at=_AT,
            id=_ID,
            subject=_SUBJECT,
            organisation=_ORGANISATION,
            role="requester",
            purpose="energy-allowance",
            consent=_CONSENT,
            consent_version=1,
            case=_CASE,
            fields=("income#/amount",),
            trace_id=_TRACE,
            span_id=_SPAN,
        )
    )
    text = sealed.canonical.decode()
    filled = {
        _REASON: "reason",
        _AT.strftime("%Y-%m-%dT%H:%M:%S.%fZ"): "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
        str(_ID): "id",
        _SUBJECT: "subject",
        _ORGANISATION: "organisation",
        str(_CONSENT): "consent",
        f'"{_CASE}"': "'\"' || \"case\" || '\"'",
        _TRACE: "trace_id",
        _SPAN: "span_id",
        '"outcome":"allowed"': "'\"outcome\":\"' || outcome || '\"'",
    }
    marks = re.compile("|".join(map(re.escape, filled)))
    pieces: list[sql.Composable] = []
    end = 0
    for mark in marks.finditer(text):
        pieces.append(sql.Literal(text[end : mark.start()]))
        pieces.append(sql.SQL(filled[mark[0]]))
        end = mark.end()
    pieces.append(sql.Literal(text[end:]))
    fields = sql.SQL(_FIELDS).format(
        citizen=sql.Literal(ENTRIES_OF_A_CITIZEN),
        consent=sql.Literal(ENTRIES_OF_A_CONSENT),
        case=sql.Literal(ENTRIES_OF_A_CASE),
        police=sql.Literal(BY_POLICE),
        refused=sql.Literal(REFUSED),
        police_oin=sql.Literal(POLICE),
        municipality_oin=sql.Literal(MUNICIPALITY),
    )
    return sql.SQL(_INSERT).format(
        fields=fields,
        canonical=sql.SQL(" || ").join(pieces),
        domain=sql.Literal(ENTRY_DOMAIN),
        action=sql.Literal(HAPPENED.name),
    )


@contextmanager
def _without_secondary_indexes(url: str) -> Iterator[None]:
    """Drop the indexes of records that no constraint needs, and make them again in one go each."""
    with psycopg.connect(url, autocommit=True) as owner:
        made = owner.execute(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'audit_record'::regclass AND NOT i.indisunique"
        ).fetchall()
        for name, _definition in made:
            owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        yield
        owner.execute("SET maintenance_work_mem = '1GB'")
        for number, (_name, definition) in enumerate(made):
            # Of a partitioned table the definition says ONLY, and its partitions would stay without.
            owner.execute(definition.replace(" ON ONLY ", " ON "))
            _tell("indexes", number + 1, len(made))


def _grow_tree(size: int) -> None:
    """Fill tiles and head from the leaves that stand there, as the sequencer does for those that it adds."""
    tree = CompactRange()
    for first in range(0, size, TILES_AT_ONCE * TILE_WIDTH):
        last = min(first + TILES_AT_ONCE * TILE_WIDTH, size)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(leaf_hash, '' ORDER BY index) FROM audit_leaf WHERE index >= %s AND index < %s",
                [first, last],
            )
            leaf_hashes = split_hashes(bytes(cursor.fetchone()[0]))
        tiles = tiles_filled(old_size=first, leaf_hashes=leaf_hashes, reader=StoredTiles())
        Tile.objects.bulk_create(Tile(**asdict(tile)) for tile in tiles)
        for leaf_hash in leaf_hashes:
            tree.append(leaf_hash)
        _tell("leaves in tiles", last, size)
    LogHead.objects.filter(size=0).update(size=tree.size, frontier=tree.to_bytes())


def _tell(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{what}: {done:,} of {total:,}   ")
        sys.stderr.flush()
