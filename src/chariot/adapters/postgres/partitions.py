"""Partitions of the past: one a month, made ahead, dropped when they are older than history is kept."""

from datetime import datetime

import msgspec

from chariot.adapters.postgres.connecting import Connection, connect
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.errors import TROUBLE, place_of, translated
from chariot.adapters.postgres.migrations import LOCK
from chariot.adapters.postgres.schema_upkeep import MONTHS_AHEAD

_LOCK_TIMEOUT_MS = 5_000


class Retained(msgspec.Struct, frozen=True):
    """What one clean-up of the past took away."""

    partitions: tuple[str, ...]
    rows: int
    """Rows that lay outside the months' partitions."""


async def create_ahead(connection: Connection, now: datetime) -> list[str]:
    """Create the partitions of this month and the next `MONTHS_AHEAD`; return the names of those made."""
    await _in_turn(connection)
    return list(await connection.fetchval("SELECT chariot_make_months($1, $2)", now, MONTHS_AHEAD))


async def _in_turn(connection: Connection) -> None:
    """Wait for whoever changes the tables: two that see no partition would both make it, and one of them fail."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)


async def maintain(url: str, now: datetime, *, retain_since: datetime | None = None) -> Retained:
    """Create the partitions ahead of *now*; drop what ended in months that were over at *retain_since*.

    The present is never touched, however long ago it began. To be run by the owner of the tables; the processes
    use `upkeep`.

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
            if retain_since is None:
                return Retained((), 0)
            async with connection.transaction():
                await _in_turn(connection)
                row = await connection.fetchrow("SELECT * FROM chariot_keep_since($1)", retain_since)
            assert row is not None
            return Retained(tuple(sorted(row["dropped"])), row["gone"])
        finally:
            await connection.close()
    except TROUBLE as error:
        raise translated(error, place) from error


async def upkeep(database: PostgresDatabase, keep_days: int) -> Retained:
    """Do the daily upkeep by the server's clock, as a process that owns nothing; 0 days keep all history.

    Raises:
        BusyError: a long transaction holds the tables; try again.
    """

    async def work(connection: Connection) -> Retained:
        await _in_turn(connection)
        row = await connection.fetchrow("SELECT * FROM chariot_upkeep($1)", keep_days)
        assert row is not None
        return Retained(tuple(sorted(row["dropped"])), row["gone"])

    return await database.write_log(work)
