"""The audit log in the SQLite file."""

from collections.abc import Sequence
from typing import Any, Final

import apsw

from chariot.adapters.sql.audit import COLUMNS, NUMBERED, found
from chariot.adapters.sqlite.ahead import Ahead
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.errors import ChariotError, InvalidError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import (
    KEPT_DAYS,
    Addition,
    Announced,
    Announcing,
    Chain,
    Decide,
    Question,
    unwritten,
)
from chariot.modules.audit.seals import Signed, misplaced

_DAY_US: Final = 86_400_000_000
_HEAD: Final = "SELECT body, key, signature FROM audit_head WHERE organisation = ?"
_PUT_HEAD: Final = """
INSERT INTO audit_head (organisation, start, body, key, signature) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (organisation) DO UPDATE
SET start = max(start, excluded.start), body = excluded.body, key = excluded.key, signature = excluded.signature
"""
_ADD: Final = f"INSERT INTO audit_entry (organisation, {COLUMNS}) VALUES "
_ROW: Final = f"({', '.join('?' * 13)})"
_TOGETHER: Final = 25
"""So many rows are one statement. For each the interpreter is given away and taken back, which those who answer
requests meanwhile would feel for every row; one at a time would take a fourth less of the processor."""
_ROWS: Final = f"""
SELECT {COLUMNS} FROM audit_entry WHERE organisation = ? AND sequence > ? ORDER BY sequence LIMIT ?
"""
_CHECKPOINTS: Final = """
SELECT body, key, signature FROM audit_checkpoint WHERE organisation = ? AND sequence > ? ORDER BY sequence LIMIT ?
"""
_NUMBERED: Final = NUMBERED.format(organisation="?1")
_FORGET: Final = """
DELETE FROM audit_entry WHERE organisation = ? AND sequence <= ? AND at < 1000000 * unixepoch() - ?
"""


class _Announced(Ahead, eq=False, kw_only=True):
    """See `Announced`."""

    entry: Entry
    chain: Chain
    addition: Addition | None = None


class SqliteAuditLog:
    """See `AuditLog`. The file has one writer at a time, so that the log has too."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def write(self, organisation: Organisation, decide: Decide) -> None:
        """See `AuditLog.write`."""

        def work(connection: apsw.Connection) -> None:
            addition = decide(_head(connection, organisation))
            if addition is not None:
                _add(connection, organisation, addition)

        # No list of the surface shows the log, so what is kept of lists stays true.
        await self._database.write(work, quiet=True)

    def announcing(self, organisation: Organisation) -> Announcing | None:
        """See `AuditLog.announcing`."""
        del organisation
        return self

    def announced(self, entry: Entry, chain: Chain) -> Announced:
        """See `Announcing.announced`."""
        return _Announced(self._database.path, ("audit", entry.organisation), _put, entry=entry, chain=chain)

    async def head(self, organisation: Organisation) -> Signed | None:
        """See `AuditLog.head`."""
        return await self._database.read(lambda connection: _head(connection, organisation))

    async def rows(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Row]:
        """See `AuditLog.rows`."""
        return await self._rows(_ROWS, (organisation, after, limit))

    async def find(self, organisation: Organisation, question: Question) -> Sequence[Row]:
        """See `AuditLog.find`."""
        statement, values = found(organisation, question, lambda number: f"?{number}")
        return await self._rows(statement, values)

    async def _rows(self, statement: str, values: Sequence[Any]) -> Sequence[Row]:
        def read(connection: apsw.Connection) -> list[Row]:
            make = Row._make
            return [make(row) for row in connection.execute(statement, values)]

        try:
            return await self._database.read(read)
        except UnicodeDecodeError:
            raise InvalidError("holds what is no text", place="the audit log") from None

    async def checkpoints(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Signed]:
        """See `AuditLog.checkpoints`."""
        return await self._database.read(
            lambda connection: [
                Signed(str(body), str(key), str(signature))
                for body, key, signature in connection.execute(_CHECKPOINTS, (organisation, after, limit))
            ]
        )

    async def misplaced(self, organisation: Organisation) -> Sequence[int]:
        """See `AuditLog.misplaced`."""
        return await self._database.read(
            lambda connection: misplaced(
                (int(number), Signed(*map(str, signed)))
                for number, *signed in connection.execute(_NUMBERED, (organisation,))
            )
        )

    async def organisations(self) -> Sequence[Organisation]:
        """See `AuditLog.organisations`."""
        return await self._database.read(
            lambda connection: [
                Organisation(str(name))
                for (name,) in connection.execute("SELECT organisation FROM audit_head ORDER BY organisation")
            ]
        )


def _head(connection: apsw.Connection, organisation: Organisation) -> Signed | None:
    row = connection.execute(_HEAD, (organisation,)).fetchone()
    return Signed(*map(str, row)) if row is not None else None


def _put(announced: Sequence[_Announced], connection: apsw.Connection) -> None:
    first = announced[0]
    organisation = first.entry.organisation
    try:
        addition = first.chain(_head(connection, organisation), [one.entry for one in announced])
    except ChariotError as error:
        raise UnavailableError(unwritten(error)) from error
    _add(connection, organisation, addition)
    first.addition = addition


def _add(connection: apsw.Connection, organisation: Organisation, addition: Addition) -> None:
    head = addition.head
    for first in range(0, len(addition.rows), _TOGETHER):
        rows = addition.rows[first : first + _TOGETHER]
        statement = _ADD + ", ".join([_ROW] * len(rows))
        connection.execute(statement, [value for row in rows for value in (organisation, *row)])
    if addition.checkpoint is not None:
        sequence, signed = addition.checkpoint
        connection.execute(
            "INSERT INTO audit_checkpoint VALUES (?, ?, ?, ?, ?)",
            (organisation, sequence, signed.body, signed.key, signed.signature),
        )
    connection.execute(_PUT_HEAD, (organisation, addition.start, head.body, head.key, head.signature))
    if addition.start:
        connection.execute(_FORGET, (organisation, addition.start, KEPT_DAYS * _DAY_US))
