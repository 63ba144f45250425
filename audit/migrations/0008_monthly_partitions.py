"""On PostgreSQL entries and records lie in a partition a month, so that indexes stay small and erasing stays local.

The range is that of the ids: they are UUIDv7, so the first 48 bits are the milliseconds since 1970 in UTC (RFC 9562
§5.7), and a month begins at those bits followed by zeros. Primary keys stay what they were, so models do not change.

The tables that are there become the partition `…_earlier`, in place: no row is copied, the names of indexes stay with
the whole table, and this takes as long as reading the tables once. What carries an id from a month to come goes to the
partition `…_default`, as everything does for which there is no month yet: an entry with a strange clock is logged too.

Triggers FOR EACH STATEMENT fire for the table that the statement names, so every partition has its own.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Table, its key, and its triggers: name, when, function.
PARTITIONED = {
    "audit_entry": ("id", [("only_grows", "BEFORE UPDATE OR DELETE OR TRUNCATE", "audit_refuse")]),
    "audit_record": (
        "entry_id",
        [
            ("never_changes", "BEFORE UPDATE OR TRUNCATE", "audit_refuse"),
            ("only_erased_by_rule", "BEFORE DELETE", "audit_refuse_unless_eraser"),
        ],
    ),
}

FIRST_ID = """
CREATE FUNCTION {schema}.audit_first_id(month timestamp) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT (lpad(to_hex((extract(epoch FROM date_trunc('month', month)) * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
$$
"""

# Guards one table with the triggers of another. ENABLE ALWAYS: `session_replication_role` does not switch them off.
GUARD = """
CREATE FUNCTION {schema}.audit_guard_like(guarded regclass, bare regclass) RETURNS void
LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT oid, tgname FROM pg_trigger WHERE tgrelid = guarded AND NOT tgisinternal LOOP
        EXECUTE replace(
            pg_get_triggerdef(made.oid, false),
            format(' ON %s ', (SELECT format('%I.%I', n.nspname, c.relname)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = guarded)),
            format(' ON %s ', bare));
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', bare, made.tgname);
    END LOOP;
END $$
"""

# The service has no right to make tables. This lets it make those of the coming months and nothing else: the only thing
# that it can choose is how many, up to two years.
#
# A new partition is made apart and attached, which lets appends and reads go on; making it in place would lock the
# whole table. Attaching reads the default partition, to see that none of its rows belongs to the month, and waits for
# who reads it: a second at most, for the next try comes soon enough. A month of which the default partition has rows
# is passed over: moving rows of the log is for the owner (`manage.py make_partitions --move`).
MAKE = """
CREATE FUNCTION {schema}.audit_make_partitions(months integer) RETURNS SETOF text
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    month timestamp;
    partitioned record;
    partition text;
    strays boolean;
BEGIN
    IF months NOT BETWEEN 1 AND 24 THEN
        RAISE EXCEPTION 'make partitions for 1 to 24 months, not for %', months
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Two at once would both find the same month missing.
    PERFORM pg_advisory_xact_lock(hashtext('audit_make_partitions'));
    FOR month IN SELECT this_month + make_interval(months => n) FROM generate_series(1, months) AS n LOOP
        FOR partitioned IN
            SELECT * FROM (VALUES ('audit_entry', 'id'), ('audit_record', 'entry_id')) AS t (name, key)
        LOOP
            partition := partitioned.name || to_char(month, '_YYYY_MM');
            CONTINUE WHEN to_regclass(format('{schema}.%I', partition)) IS NOT NULL;
            EXECUTE format(
                'SELECT EXISTS (SELECT FROM {schema}.%I WHERE %I >= $1 AND %I < $2)',
                partitioned.name || '_default', partitioned.key, partitioned.key
            ) INTO strays USING {schema}.audit_first_id(month), {schema}.audit_first_id(month + interval '1 month');
            CONTINUE WHEN strays;
            EXECUTE format('CREATE TABLE {schema}.%I (LIKE {schema}.%I INCLUDING ALL)', partition, partitioned.name);
            PERFORM {schema}.audit_guard_like(
                format('{schema}.%I', partitioned.name)::regclass, format('{schema}.%I', partition)::regclass);
            EXECUTE format(
                'ALTER TABLE {schema}.%I ATTACH PARTITION {schema}.%I FOR VALUES FROM (%L) TO (%L)',
                partitioned.name, partition,
                {schema}.audit_first_id(month), {schema}.audit_first_id(month + interval '1 month'));
            RETURN NEXT partition;
        END LOOP;
    END LOOP;
END $$
"""


def partition_by_month(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        schema = _schema(cursor)
        for function in (FIRST_ID, GUARD, MAKE):
            cursor.execute(function.format(schema=schema))
        # Whoever may use the schema may use its functions, unless told otherwise. `grant_roles` lets the service in.
        for signature in ("first_id(timestamp)", "guard_like(regclass, regclass)", "make_partitions(integer)"):
            cursor.execute(f"REVOKE ALL ON FUNCTION {schema}.audit_{signature} FROM PUBLIC")
        for table, (key, triggers) in PARTITIONED.items():
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            for name, *_ in triggers:
                cursor.execute(f"DROP TRIGGER {name} ON {table}")
            _make_whole_around(cursor, table, key)
            _create_triggers(cursor, table, triggers)
            for partition in ("earlier", "default"):
                cursor.execute("SELECT audit_guard_like(%s::regclass, %s::regclass)", [table, f"{table}_{partition}"])
        cursor.execute("SELECT audit_make_partitions(1)")


def _make_whole_around(cursor: Any, table: str, key: str) -> None:
    """Make the table that is there the first partition of a new one that takes its name, its indexes and its rights."""
    earlier, default = f"{table}_earlier", f"{table}_default"
    indexes = _indexes(cursor, table)
    rights = _rights(cursor, table)
    cursor.execute(f"ALTER TABLE {table} RENAME TO {earlier}")
    for index, _ in indexes:
        cursor.execute(f"ALTER INDEX {index} RENAME TO {index}_earlier")
    for verb, role in rights:
        # Whoever may use the whole may use it through the whole, and a part never by itself.
        cursor.execute(f"REVOKE {verb} ON {earlier} FROM {role}")
    like = f"(LIKE {earlier} INCLUDING ALL EXCLUDING INDEXES)"
    cursor.execute(f"CREATE TABLE {table} {like} PARTITION BY RANGE ({key})")
    cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
    for index, definition in indexes:
        if index != f"{table}_pkey":
            cursor.execute(definition)
    for verb, role in rights:
        cursor.execute(f"GRANT {verb} ON {table} TO {role}")
    cursor.execute("SELECT audit_first_id((now() AT TIME ZONE 'UTC') + interval '1 month')::text")
    (next_month,) = cursor.fetchone()
    cursor.execute(f"CREATE TABLE {default} (LIKE {table} INCLUDING ALL)")
    strays = f"FROM {earlier} WHERE {key} >= '{next_month}'"
    cursor.execute(f"INSERT INTO {default} SELECT * {strays}")
    cursor.execute(f"DELETE {strays}")
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {earlier} FOR VALUES FROM (MINVALUE) TO ('{next_month}')")
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {default} DEFAULT")


def make_one_table_again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        for table, (_, triggers) in PARTITIONED.items():
            earlier = f"{table}_earlier"
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
            partitions = [name for (name,) in cursor.fetchall()]
            indexes = _indexes(cursor, table)
            rights = _rights(cursor, table)
            for partition in partitions:
                cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {partition}")
            cursor.execute(f"DROP TABLE {table}")
            for partition in partitions:
                if partition != earlier:
                    cursor.execute(f"INSERT INTO {earlier} SELECT * FROM {partition}")  # noqa: S608 names of ours
                    cursor.execute(f"DROP TABLE {partition}")
            cursor.execute(f"ALTER TABLE {earlier} RENAME TO {table}")
            for index, _ in indexes:
                cursor.execute(f"ALTER INDEX {index}_earlier RENAME TO {index}")
            for name, *_ in triggers:
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
            for verb, role in rights:
                cursor.execute(f"GRANT {verb} ON {table} TO {role}")
        for signature in ("make_partitions(integer)", "guard_like(regclass, regclass)", "first_id(timestamp)"):
            cursor.execute(f"DROP FUNCTION audit_{signature}")


def _create_triggers(cursor: Any, table: str, triggers: list[tuple[str, str, str]]) -> None:
    for name, when, function in triggers:
        cursor.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}()")
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _indexes(cursor: Any, table: str) -> list[tuple[str, str]]:
    """Return (name, statement that makes it) of each index of a table."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass",
        [table],
    )
    return list(cursor.fetchall())


def _rights(cursor: Any, table: str) -> list[tuple[str, str]]:
    """Return (verb, role) of each right that somebody else than the owner has on a table."""
    cursor.execute(
        "SELECT privilege_type, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END"
        " FROM pg_class, aclexplode(relacl) WHERE oid = %s::regclass AND grantee <> relowner",
        [table],
    )
    return list(cursor.fetchall())


def _schema(cursor: Any) -> str:
    cursor.execute("SELECT quote_ident(current_schema())")
    (schema,) = cursor.fetchone()
    return str(schema)


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_deferral")]

    operations = [migrations.RunPython(partition_by_month, make_one_table_again)]
