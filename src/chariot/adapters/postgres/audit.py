"""The audit log in PostgreSQL, each row its organisation's alone."""

from collections.abc import Sequence
from typing import Final

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.sql.audit import COLUMNS, NUMBERED, found
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row
from chariot.modules.audit.ports import Addition, Announcing, Decide, Question
from chariot.modules.audit.seals import Signed, misplaced

_LOCK: Final = "SELECT pg_advisory_xact_lock(1096107081, hashtext($1))"
_HEAD: Final = "SELECT body, key, signature FROM audit_head WHERE organisation = $1"
_PUT_HEAD: Final = """
INSERT INTO audit_head AS held (organisation, start, body, key, signature) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organisation) DO UPDATE SET start = greatest(held.start, excluded.start),
    body = excluded.body, key = excluded.key, signature = excluded.signature
"""
_ROW: Final = f"""
INSERT INTO audit_entry (organisation, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_ROWS: Final = f"""
SELECT {COLUMNS} FROM audit_entry WHERE organisation = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
"""
_CHECKPOINTS: Final = """
SELECT body, key, signature FROM audit_checkpoint WHERE organisation = $1 AND sequence > $2
ORDER BY sequence LIMIT $3
"""
_NUMBERED: Final = NUMBERED.format(organisation="$1")


class PostgresAuditLog:
    """See `AuditLog`. A lock of the organisation's own lets one transaction at a time write its log."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def write(self, organisation: Organisation, decide: Decide) -> None:
        """See `AuditLog.write`."""

        async def work(connection: Connection) -> None:
            await connection.execute(_LOCK, organisation)
            addition = decide(await _head(connection, organisation))
            if addition is not None:
                await _add(connection, organisation, addition)

        await self._database.write(organisation, work)

    def announcing(self, organisation: Organisation) -> Announcing | None:
        """See `AuditLog.announcing`: two connections write, each its own transaction."""
        del organisation
        return None

    async def head(self, organisation: Organisation) -> Signed | None:
        """See `AuditLog.head`."""
        return await self._database.read(organisation, lambda connection: _head(connection, organisation))

    async def rows(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Row]:
        """See `AuditLog.rows`."""

        async def read(connection: Connection) -> list[Row]:
            return [Row(*row) for row in await connection.fetch(_ROWS, organisation, after, limit)]

        return await self._database.read(organisation, read)

    async def find(self, organisation: Organisation, question: Question) -> Sequence[Row]:
        """See `AuditLog.find`."""
        statement, values = found(organisation, question, lambda number: f"${number}")

        async def read(connection: Connection) -> list[Row]:
            return [Row(*row) for row in await connection.fetch(statement, *values)]

        return await self._database.read(organisation, read)

    async def checkpoints(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Signed]:
        """See `AuditLog.checkpoints`."""

        async def read(connection: Connection) -> list[Signed]:
            return [Signed(*row) for row in await connection.fetch(_CHECKPOINTS, organisation, after, limit)]

        return await self._database.read(organisation, read)

    async def misplaced(self, organisation: Organisation) -> Sequence[int]:
        """See `AuditLog.misplaced`."""

        async def read(connection: Connection) -> list[int]:
            rows = await connection.fetch(_NUMBERED, organisation)
            return misplaced((int(number), Signed(*signed)) for number, *signed in rows)

        return await self._database.read(organisation, read)

    async def organisations(self) -> Sequence[Organisation]:
        """See `AuditLog.organisations`."""

        async def read(connection: Connection) -> list[Organisation]:
            rows = await connection.fetch("SELECT organisation FROM audit_head ORDER BY organisation")
            return [Organisation(row[0]) for row in rows]

        return await self._database.read_log(read)


async def _head(connection: Connection, organisation: Organisation) -> Signed | None:
    row = await connection.fetchrow(_HEAD, organisation)
    return Signed(*row) if row is not None else None


async def _add(connection: Connection, organisation: Organisation, addition: Addition) -> None:
    head = addition.head
    if addition.rows:
        await connection.executemany(_ROW, [(organisation, *row) for row in addition.rows])
    if addition.checkpoint is not None:
        sequence, signed = addition.checkpoint
        await connection.execute(
            "INSERT INTO audit_checkpoint (organisation, sequence, body, key, signature)"
            " VALUES ($1, $2, $3, $4, $5)",
            *(organisation, sequence, signed.body, signed.key, signed.signature),
        )
    await connection.execute(_PUT_HEAD, organisation, addition.start, head.body, head.key, head.signature)
    if addition.start:
        await connection.execute("SELECT chariot_audit_forget($1, $2)", organisation, addition.start)
