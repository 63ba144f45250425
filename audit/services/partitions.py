"""See to it that the partitions of the coming months are there before their first entry is.

Without its own partition a month goes to the default one: nothing is refused, but a partition for it can then only be
made by moving its rows, for which the log must stand still.
"""

import logging
from datetime import UTC, datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from audit.partitions.months import DEFAULT, PARTITIONED, first_id, month_after, month_of, partition_name
from audit.services.alarm import end_alarm, raise_alarm

logger = logging.getLogger(__name__)

MONTHS_AHEAD = 3
MISSING = "partition-missing"


def make_partitions(*, months: int = MONTHS_AHEAD) -> list[str]:
    """Make the partitions of the coming months that are not there, and return their names.

    Raise an alarm about each table without one for the next month, and end those whose cause is gone. Nothing is to be
    done on SQLite, which has no partitions.
    """
    if connection.vendor != "postgresql":
        return []
    made: list[str] = []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT audit_make_partitions(%s)", [months])
            made = [name for (name,) in cursor.fetchall()]
    except OperationalError as error:
        # Somebody read the default partition for longer than we wait. The next run is in time, and if not, the alarm.
        logger.warning("partitions could not be made now: %s", error)
    next_month = month_after(month_of(timezone.now()))
    for table in PARTITIONED:
        name = partition_name(table, next_month)
        if _is_there(name):
            end_alarm(kind=MISSING, where=table)
        else:
            raise_alarm(
                kind=MISSING,
                where=table,
                explanation=f"The month that comes has no partition {name}. Run manage.py make_partitions; if it makes"
                f" none, {table}_{DEFAULT} has rows of that month already: run it with --move, as the owner.",
            )
    return made


@transaction.atomic
def move_out_of_default(*, months: int = MONTHS_AHEAD) -> dict[str, int]:
    """Give the months that lie in a default partition their own; return {partition: rows moved}.

    For the owner of the tables, on PostgreSQL. The log stands still meanwhile: appending and reading wait. What
    carries an id from later than `months` ahead stays where it is: a strange clock is no reason for a partition.
    """
    until = month_after(month_of(timezone.now()), months + 1)
    moved = {}
    for table, key in PARTITIONED.items():
        # In this order for every table and from the whole to its part, as whoever appends does.
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table}, {table}_{DEFAULT} IN ACCESS EXCLUSIVE MODE")
        for month in _months_in_default(table, key, until):
            moved[partition_name(table, month)] = _move_month(table, key, month)
    return moved


def _is_there(partition: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [partition])
        (there,) = cursor.fetchone()
    return bool(there)


def _months_in_default(table: str, key: str, until: datetime) -> list[datetime]:
    """Return the months before `until` that have rows in the default partition, looking at one row each."""
    months: list[datetime] = []
    after = UUID(int=0)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT {key} FROM {table}_{DEFAULT} WHERE {key} >= %s AND {key} < %s ORDER BY {key} LIMIT 1",  # noqa: S608
                [after, first_id(until)],
            )
            if (row := cursor.fetchone()) is None:
                return months
            months.append(month_of(datetime.fromtimestamp((row[0].int >> 80) / 1000, tz=UTC)))
            after = first_id(month_after(months[-1]))


def _move_month(table: str, key: str, month: datetime) -> int:
    partition, default = partition_name(table, month), f"{table}_{DEFAULT}"
    bounds = [first_id(month), first_id(month_after(month))]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {partition} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            f"INSERT INTO {partition} SELECT * FROM {default} WHERE {key} >= %s AND {key} < %s",  # noqa: S608
            bounds,
        )
        copied: int = cursor.rowcount
        # Nobody else is here: the locks are held, and the triggers are back before anybody can be.
        cursor.execute(f"ALTER TABLE {default} DISABLE TRIGGER USER")
        cursor.execute(f"DELETE FROM {default} WHERE {key} >= %s AND {key} < %s", bounds)  # noqa: S608
        removed = cursor.rowcount
        assert removed == copied, f"{removed} rows left {default}, {copied} came to {partition}"
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [default])
        for (trigger,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {default} ENABLE ALWAYS TRIGGER {trigger}")
        cursor.execute("SELECT audit_guard_like(%s::regclass, %s::regclass)", [table, partition])
        lowest, above = bounds
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ('{lowest}') TO ('{above}')")
    return copied
