"""The months that entries lie in on PostgreSQL, by their ids (UUIDv7, RFC 9562 §5.7), in UTC."""

from datetime import UTC, datetime
from uuid import UUID

PARTITIONED = {"audit_entry": "id", "audit_record": "entry_id"}
"""The tables that have a partition a month, and the column that says which."""

# The partitions that are no month: what was there before there were months, and what fits nowhere else.
EARLIER, DEFAULT = "earlier", "default"


def month_of(moment: datetime) -> datetime:
    """Return the first moment of the month that a moment lies in, in UTC whatever zone it is written in."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime, number: int = 1) -> datetime:
    """Return the month that begins `number` months after another."""
    years, months = divmod(month.month - 1 + number, 12)
    return month.replace(year=month.year + years, month=months + 1)


def first_id(month: datetime) -> UUID:
    """Return the smallest id that can be made in a month; the largest is below the `first_id` of the next one."""
    return UUID(int=round(month.timestamp()) * 1000 << 80)


def partition_name(table: str, month: datetime) -> str:
    return f"{table}_{month:%Y_%m}"
