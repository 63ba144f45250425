"""Everybody else: rows of other citizens by the million, made in the database itself.

Each citizen has ten consents to different purposes, spread over two years: asked, refused, stopped, ended or in use.
Each consent has an entry in the log, and one in ten a question whether it may be read. The figures are counted from
these rows, as the beat would have counted them from the log.
"""

from typing import Any

import psycopg
from psycopg import sql

CONSENTS_OF_A_CITIZEN = 10
# Only the tables that the pages read; and without what makes no difference there: keys, long texts, hashes that hold.
_STATEMENTS = (
    # Ids that grow with time, as the service makes them: kind, number, minute of two years.
    """
    CREATE FUNCTION pg_temp.made_id(kind int, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
      SELECT (lpad(to_hex(1700000000000 + number * 1000), 12, '0') || '7' || lpad(to_hex(kind), 3, '0')
              || '8' || lpad(to_hex(number), 15, '0'))::uuid
    $$
    """,
    """
    CREATE FUNCTION pg_temp.made_hash(kind text, number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
      SELECT md5(kind || number) || md5(number || kind)
    $$
    """,
    """
    CREATE TEMP TABLE crowd_purpose AS
    SELECT row_number() OVER (ORDER BY slug) - 1 AS place, count(*) OVER () AS purposes, purpose.id AS purpose_id,
           slug, organisation_id, oin, current_version_id, version.notice_hashes ->> 'nl' AS notice_hash
    FROM consent_purpose purpose
    JOIN consent_organisation organisation ON organisation.id = organisation_id
    JOIN consent_purposeversion version ON version.id = current_version_id
    """,
    """
    CREATE TEMP TABLE crowd AS
    SELECT number, number %% %(citizens)s AS citizen, pg_temp.made_id(3, number) AS id, purpose.*,
           (ARRAY['requested', 'refused', 'withdrawn', 'withdrawn', 'expired', 'expired', 'given', 'given', 'given',
                  'given'])[1 + (hashint8(number)::bigint + 2147483648) %% 10] AS state,
           now() - interval '730 days' * (1 - number::float8 / %(consents)s) AS at
    FROM generate_series(0, %(consents)s - 1) number
    JOIN crowd_purpose purpose
      ON purpose.place = (number %% %(citizens)s + number / %(citizens)s) %% purpose.purposes
    """,
    """
    INSERT INTO consent_account (id, password, subject, display_name, language, is_active, created_at)
    SELECT pg_temp.made_id(1, number), '', 'crowd-' || number, 'Citizen ' || number, 'nl', true, now()
    FROM generate_series(0, %(citizens)s - 1) number
    """,
    """
    INSERT INTO consent_citizen (id, account_id, bsn_sealed, bsn_hmac, bsn_hmac_generation, log_subject, quiet,
                                 created_at)
    SELECT pg_temp.made_id(2, number), pg_temp.made_id(1, number), decode(repeat('00', 60), 'hex'),
           decode(pg_temp.made_hash('bsn', number), 'hex'), 1, pg_temp.made_hash('subject', number), false, now()
    FROM generate_series(0, %(citizens)s - 1) number
    """,
    """
    INSERT INTO consent_consent (id, citizen_id, organisation_id, purpose_id, purpose_version_id, state, version,
                                 language, notice_hash, conditions, uses_taken, period_uses, ends_at, pseudonym,
                                 requested_at, given_at, ended_at)
    SELECT id, pg_temp.made_id(2, citizen), organisation_id, purpose_id, current_version_id, state, 1, 'nl',
           notice_hash,
           jsonb_build_object('fields', jsonb_build_array('household#/size'), 'validUntil', at + interval '900 days',
                              'recipients', jsonb_build_array(jsonb_build_object('oin', oin))),
           0, 0, CASE WHEN answered THEN at + interval '900 days' END, pg_temp.made_hash('pseudonym', number), at,
           CASE WHEN answered THEN at END, CASE WHEN state NOT IN ('requested', 'given') THEN at + interval '1 day' END
    FROM (SELECT *, state NOT IN ('requested', 'refused') AS answered FROM crowd) crowd
    """,
    """
    INSERT INTO consent_approval (id, consent_id, request, state, fields, "case", oin, department, role, asked_at)
    SELECT pg_temp.made_id(5, number), id, pg_temp.made_id(7, number),
           CASE WHEN number %% 20 = 0 THEN 'waiting' ELSE 'used' END, '["household#/size"]', 'Z-' || number, oin,
           'werk-en-inkomen', 'requester', at
    FROM crowd WHERE number %% 10 = 0
    """,
    """
    INSERT INTO audit_record (entry_id, salt, canonical, user_salt, user_sealed, at, action, outcome, reason, subject,
                              organisation, role, purpose, purpose_version, consent, "case", trace_id)
    SELECT pg_temp.made_id(6, number), decode(repeat('00', 32), 'hex'), decode(repeat('7b', 60), 'hex'),
           decode(repeat('00', 32), 'hex'), decode(repeat('00', 60), 'hex'), at, 'consent.granted', 'allowed', '',
           pg_temp.made_hash('subject', citizen), oin, 'citizen', slug, current_version_id, id, '', ''
    FROM crowd
    """,
    # What the citizens did has no department; what was asked and read is that of one of three.
    """
    INSERT INTO consent_figure (purpose, month, organisation, department, measure, count)
    SELECT slug, date_trunc('month', at AT TIME ZONE 'Europe/Amsterdam')::date,
           CASE WHEN measured.own THEN '' ELSE oin END,
           CASE WHEN measured.own THEN '' ELSE 'department-' || number %% 3 END, measure, count(*)
    FROM crowd, LATERAL (VALUES
      ('asked', false, true), ('granted', true, state NOT IN ('requested', 'refused')),
      ('refused', true, state = 'refused'), ('withdrawn', true, state = 'withdrawn'),
      ('expired', true, state = 'expired'), ('used', false, state = 'given'),
      ('not-released', false, state = 'withdrawn')
    ) AS measured (measure, own, counts)
    WHERE measured.counts
    GROUP BY 1, 2, 3, 4, 5
    """,
)


def make_crowd(owner_url: str, consents: int) -> None:
    """Add `consents` consents of others, and all that stands beside them."""
    counts = {"consents": consents, "citizens": consents // CONSENTS_OF_A_CITIZEN}
    with psycopg.connect(owner_url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        # Every row refers to another of this file; checking a million of them one by one takes minutes.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '64MB'")
        # Nothing of this is measured, and who pulls the plug starts again.
        _set_durable(connection, durable=False)
        for statement in _STATEMENTS:
            connection.execute(statement, counts if "%" in statement else None)
        _set_durable(connection, durable=True)


def _set_durable(connection: "psycopg.Connection[tuple[Any, ...]]", *, durable: bool) -> None:
    """Let the server wait for the disk, or not."""
    for setting, quick in {"fsync": "off", "full_page_writes": "off", "max_wal_size": "8GB"}.items():
        change = sql.SQL("RESET {}") if durable else sql.SQL("SET {} = {}")
        names = (sql.Identifier(setting),) if durable else (sql.Identifier(setting), sql.Literal(quick))
        connection.execute(sql.SQL("ALTER SYSTEM ") + change.format(*names))
    connection.execute("SELECT pg_reload_conf()")
