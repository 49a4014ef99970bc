"""Partitions of the past: one a month, made ahead, dropped when they are older than history is kept."""

from datetime import UTC, datetime

import asyncpg
import msgspec

from chariot.adapters.postgres.connecting import Connection, connect
from chariot.adapters.postgres.errors import place_of, translated
from chariot.adapters.postgres.schema import PARTITIONED, past_indexes
from chariot.modules.surface.states import micros

MONTHS_AHEAD = 3

_PARTITIONS = """
    SELECT c.relname
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = $1::text::regclass
"""
_LOCK_TIMEOUT_MS = 5_000


class Retained(msgspec.Struct, frozen=True):
    """What one clean-up of the past took away."""

    partitions: tuple[str, ...]
    rows: int
    """Rows that lay outside the months' partitions."""


async def create_ahead(connection: Connection, now: datetime) -> list[str]:
    """Create the partitions of this month and the next `MONTHS_AHEAD`; return the names of those made."""
    made = []
    first = _month(now)
    for _ in range(MONTHS_AHEAD + 1):
        last = _month_after(first)
        for table in PARTITIONED:
            name = f"{table}_{first:%Y_%m}"
            if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name):
                await _create(connection, table, name, micros(first), micros(last))
                made.append(name)
        first = last
    return made


async def _create(connection: Connection, table: str, name: str, first_us: int, last_us: int) -> None:
    # What ended in that month before its partition was there lies among the rest, and moves over.
    month = f"valid_to >= {first_us} AND valid_to < {last_us}"
    await connection.execute(f"""
        CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS);
        WITH moved AS (DELETE FROM {table}_rest WHERE {month} RETURNING *) INSERT INTO {name} SELECT * FROM moved;
        {past_indexes(table, name)}
        ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({first_us}) TO ({last_us});
    """)


async def maintain(url: str, now: datetime, *, retain_since: datetime | None = None) -> Retained:
    """Create the partitions ahead of *now*; drop what ended in months that were over at *retain_since*.

    The present is never touched, however long ago it began. To be run by the owner of the tables, once a day.

    Raises:
        BusyError: a long transaction holds the tables; try again.
    """
    place = place_of(url)
    try:
        connection = await connect(url)
        try:
            await connection.execute(f"SET lock_timeout = {_LOCK_TIMEOUT_MS}")
            async with connection.transaction():
                await create_ahead(connection, now)
            return await _retain(connection, retain_since) if retain_since else Retained((), 0)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise translated(error, place) from error


async def _retain(connection: Connection, since: datetime) -> Retained:
    dropped, rows = [], 0
    # Whole months alone: so both tables forget at the same moment, and a row is never looked at.
    limit_us = micros(_month(since))
    for table in PARTITIONED:
        for name in [row["relname"] for row in await connection.fetch(_PARTITIONS, table)]:
            month = _month_of(name, table)
            if month is not None and micros(_month_after(month)) <= limit_us:
                await connection.execute(f"DROP TABLE {name}")
                dropped.append(name)
        tag = await connection.execute(f"DELETE FROM {table}_rest WHERE valid_to < {limit_us}")
        rows += int(tag.rpartition(" ")[2])
    return Retained(tuple(sorted(dropped)), rows)


def _month(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month_after(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _month_of(name: str, table: str) -> datetime | None:
    """Return the month of a partition, None for those of the present and of the rest."""
    try:
        return datetime.strptime(name.removeprefix(f"{table}_"), "%Y_%m").replace(tzinfo=UTC)
    except ValueError:
        return None
