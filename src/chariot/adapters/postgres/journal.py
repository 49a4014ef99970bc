"""The journal of what was sent, in PostgreSQL, each row its organisation's alone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.schema_journal import KEPT_DAYS
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import Head, Line, Row, Usage, chained
from chariot.modules.surface.states import micros

_COLUMNS: Final = (
    "number, first, last, count, scan, capability, target, authority, what, host, address, port, detail, hash"
)
_TYPES: Final = (
    "bigint", "bigint", "bigint", "bigint", "text", "text", "text", "text", "text", "text", "text", "integer",
    "text", "bytea",
)  # fmt: skip
_LOCK: Final = "SELECT pg_advisory_xact_lock(1096107082, hashtext($1))"
_HEAD: Final = "SELECT number, hash, start, start_hash FROM journal_head WHERE organisation = $1"
_PUT_HEAD: Final = """
INSERT INTO journal_head (organisation, number, hash, start, start_hash) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organisation) DO UPDATE
SET number = excluded.number, hash = excluded.hash, start = excluded.start, start_hash = excluded.start_hash
"""
_ADD: Final = f"""
INSERT INTO journal_line (organisation, {_COLUMNS})
SELECT $1, * FROM unnest({", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_TYPES, 2))})
"""
_USE: Final = """
INSERT INTO journal_day AS held (organisation, day, packets, seconds) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation, day) DO UPDATE
SET packets = held.packets + excluded.packets, seconds = held.seconds + excluded.seconds
RETURNING packets, seconds
"""
_USED: Final = "SELECT packets, seconds FROM journal_day WHERE organisation = $1 AND day = $2"
_ROWS: Final = f"""
SELECT {_COLUMNS} FROM journal_line WHERE organisation = $1 AND number > $2 ORDER BY number LIMIT $3
"""
_ROWS_TO: Final = f"""
SELECT {_COLUMNS} FROM journal_line WHERE organisation = $1 AND number > $2 AND address = $4
ORDER BY number LIMIT $3
"""
_FIRST_KEPT: Final = "SELECT min(number) FROM journal_line WHERE organisation = $1 AND last >= $2"
_HASH: Final = "SELECT hash FROM journal_line WHERE organisation = $1 AND number = $2"


class PostgresJournalStore:
    """See `JournalStore`. A lock of the organisation's own lets one transaction at a time write its chain."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def append(self, organisation: Organisation, lines: Sequence[Line], usage: Usage) -> Usage:
        """See `JournalStore.append`."""

        async def write(connection: Connection) -> Usage:
            await connection.execute(_LOCK, organisation)
            head = await _head(connection, organisation)
            rows = chained(organisation, lines, head)
            if rows:
                columns = zip(*((row.number, *row.line, row.hash) for row in rows), strict=True)
                await connection.execute(_ADD, organisation, *map(list, columns))
                last = rows[-1]
                await _put_head(
                    connection, organisation, Head(last.number, last.hash, head.start, head.start_hash)
                )
            used = await connection.fetchrow(_USE, organisation, usage.day, usage.packets, usage.seconds)
            assert used is not None
            return Usage(usage.day, used["packets"], used["seconds"])

        return await self._database.write(organisation, write)

    async def rows(
        self, organisation: Organisation, *, after: int, limit: int, address: str = ""
    ) -> Sequence[Row]:
        """See `JournalStore.rows`."""

        async def read(connection: Connection) -> list[Row]:
            wanted: tuple[Any, ...] = (organisation, after, limit, *((address,) if address else ()))
            found = await connection.fetch(_ROWS_TO if address else _ROWS, *wanted)
            return [Row(row[0], Line(*row[1:13]), row[13]) for row in map(tuple, found)]

        return await self._database.read(organisation, read)

    async def head(self, organisation: Organisation) -> Head:
        """See `JournalStore.head`."""
        return await self._database.read(organisation, lambda connection: _head(connection, organisation))

    async def usage(self, organisation: Organisation, day: date) -> Usage:
        """See `JournalStore.usage`."""

        async def read(connection: Connection) -> Usage:
            row = await connection.fetchrow(_USED, organisation, day)
            return Usage(day, row["packets"], row["seconds"]) if row is not None else Usage(day)

        return await self._database.read(organisation, read)

    async def forget(self, organisation: Organisation, until: datetime) -> int:
        """See `JournalStore.forget`. What is younger than `KEPT_DAYS` stays, whatever is asked for."""

        async def write(connection: Connection) -> int:
            await connection.execute(_LOCK, organisation)
            head = await _head(connection, organisation)
            # A margin keeps what the server's clock, read a moment later, would still keep.
            latest = await connection.fetchval("SELECT now()") - timedelta(days=KEPT_DAYS, minutes=1)
            kept = await connection.fetchval(_FIRST_KEPT, organisation, micros(min(until, latest)))
            last = kept - 1 if kept is not None else head.number
            if last <= head.start:
                return 0
            digest = await connection.fetchval(_HASH, organisation, last)
            if digest is None:
                return 0
            await connection.execute("SELECT chariot_journal_forget($1, $2)", organisation, last)
            await _put_head(connection, organisation, Head(head.number, head.hash, last, digest))
            return int(last - head.start)

        return await self._database.write(organisation, write)


async def _head(connection: Connection, organisation: Organisation) -> Head:
    row = await connection.fetchrow(_HEAD, organisation)
    return Head(*row) if row is not None else Head()


async def _put_head(connection: Connection, organisation: Organisation, head: Head) -> None:
    await connection.execute(_PUT_HEAD, organisation, head.number, head.hash, head.start, head.start_hash)
