"""The journal of what was sent, in the SQLite file."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import apsw

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import Head, Line, Row, Usage, chained
from chariot.modules.surface.states import micros

_COLUMNS: Final = (
    "number, first, last, count, scan, capability, target, authority, what, host, address, port, detail, hash"
)
_ADD: Final = f"INSERT INTO journal_line (organisation, {_COLUMNS}) VALUES ({', '.join('?' * 15)})"
_HEAD: Final = "SELECT number, hash, start, start_hash FROM journal_head WHERE organisation = ?"
_PUT_HEAD: Final = """
INSERT INTO journal_head (organisation, number, hash, start, start_hash) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (organisation) DO UPDATE
SET number = excluded.number, hash = excluded.hash, start = excluded.start, start_hash = excluded.start_hash
"""
_USE: Final = """
INSERT INTO journal_day (organisation, day, packets, seconds) VALUES (?, ?, ?, ?)
ON CONFLICT (organisation, day) DO UPDATE
SET packets = packets + excluded.packets, seconds = seconds + excluded.seconds
"""
_USED: Final = "SELECT packets, seconds FROM journal_day WHERE organisation = ? AND day = ?"
_ROWS: Final = (
    f"SELECT {_COLUMNS} FROM journal_line WHERE organisation = ? AND number > ? ORDER BY number LIMIT ?"
)
_ROWS_TO: Final = f"""
SELECT {_COLUMNS} FROM journal_line WHERE organisation = ? AND number > ? AND address = ? ORDER BY number LIMIT ?
"""
_FIRST_KEPT: Final = "SELECT min(number) FROM journal_line WHERE organisation = ? AND last >= ?"


class SqliteJournalStore:
    """See `JournalStore`. The file has one writer at a time, so that each chain has too."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def append(self, organisation: Organisation, lines: Sequence[Line], usage: Usage) -> Usage:
        """See `JournalStore.append`."""

        def write(connection: apsw.Connection) -> Usage:
            head = _head(connection, organisation)
            rows = chained(organisation, lines, head)
            if rows:
                connection.executemany(
                    _ADD, [(organisation, row.number, *row.line, row.hash) for row in rows]
                )
                _put_head(
                    connection,
                    organisation,
                    Head(rows[-1].number, rows[-1].hash, head.start, head.start_hash),
                )
            connection.execute(_USE, (organisation, usage.day.isoformat(), usage.packets, usage.seconds))
            return _usage(connection, organisation, usage.day)

        return await self._database.write(write)

    async def rows(
        self, organisation: Organisation, *, after: int, limit: int, address: str = ""
    ) -> Sequence[Row]:
        """See `JournalStore.rows`."""
        statement = _ROWS_TO if address else _ROWS
        values: tuple[Any, ...] = (organisation, after, *((address,) if address else ()), limit)
        return await self._database.read(
            lambda connection: [
                Row(number, Line(*line), digest)
                for number, *line, digest in connection.execute(statement, values)
            ]
        )

    async def head(self, organisation: Organisation) -> Head:
        """See `JournalStore.head`."""
        return await self._database.read(lambda connection: _head(connection, organisation))

    async def usage(self, organisation: Organisation, day: date) -> Usage:
        """See `JournalStore.usage`."""
        return await self._database.read(lambda connection: _usage(connection, organisation, day))

    async def forget(self, organisation: Organisation, until: datetime) -> int:
        """See `JournalStore.forget`."""

        def write(connection: apsw.Connection) -> int:
            head = _head(connection, organisation)
            row = connection.execute(_FIRST_KEPT, (organisation, micros(until))).fetchone()
            last = (int(str(row[0])) - 1) if row and row[0] is not None else head.number
            if last <= head.start:
                return 0
            found = connection.execute(
                "SELECT hash FROM journal_line WHERE organisation = ? AND number = ?", (organisation, last)
            ).fetchone()
            if found is None:
                return 0
            connection.execute(
                "DELETE FROM journal_line WHERE organisation = ? AND number <= ?", (organisation, last)
            )
            _put_head(connection, organisation, Head(head.number, head.hash, last, _bytes(found[0])))
            return last - head.start

        return await self._database.write(write)


def _head(connection: apsw.Connection, organisation: Organisation) -> Head:
    row = connection.execute(_HEAD, (organisation,)).fetchone()
    if row is None:
        return Head()
    return Head(int(str(row[0])), _bytes(row[1]), int(str(row[2])), _bytes(row[3]))


def _put_head(connection: apsw.Connection, organisation: Organisation, head: Head) -> None:
    connection.execute(_PUT_HEAD, (organisation, head.number, head.hash, head.start, head.start_hash))


def _usage(connection: apsw.Connection, organisation: Organisation, day: date) -> Usage:
    row = connection.execute(_USED, (organisation, day.isoformat())).fetchone()
    return Usage(day, int(str(row[0])), float(str(row[1]))) if row is not None else Usage(day)


def _bytes(value: Any) -> bytes:
    return bytes(value)
