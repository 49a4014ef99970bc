"""Receipts in the database, each row its organisation's alone."""

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.model.keys import Organisation
from chariot.modules.receipts.ports import CLAIM_S, HELD_S, Receipt

_SWEEP = "DELETE FROM receipt WHERE ends <= now()"
_CLAIM = """
INSERT INTO receipt (organisation, name, digest, ends) VALUES ($1, $2, $3, now() + make_interval(secs => $4))
ON CONFLICT (organisation, name) DO NOTHING RETURNING 1
"""
_FOUND = "SELECT digest, answer FROM receipt WHERE organisation = $1 AND name = $2"
_FINISH = """
UPDATE receipt SET answer = $3, ends = now() + make_interval(secs => $4) WHERE organisation = $1 AND name = $2
"""
_DROP = "DELETE FROM receipt WHERE organisation = $1 AND name = $2"


class PostgresReceipts:
    """See `Receipts`; the database's clock decides what is over."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def begin(self, organisation: Organisation, name: str, digest: bytes) -> Receipt | None:
        """See `Receipts.begin`."""

        async def write(connection: Connection) -> Receipt | None:
            await connection.execute(_SWEEP)
            if await connection.fetchval(_CLAIM, organisation, name, digest, CLAIM_S) is not None:
                return None
            row = await connection.fetchrow(_FOUND, organisation, name)
            # Nothing deletes what has not ended, so a row that was in the way is there.
            assert row is not None
            return Receipt(row["digest"], row["answer"])

        return await self._database.write(organisation, write)

    async def finish(self, organisation: Organisation, name: str, answer: bytes) -> None:
        """See `Receipts.finish`."""

        async def write(connection: Connection) -> None:
            await connection.execute(_FINISH, organisation, name, answer, HELD_S)

        await self._database.write(organisation, write)

    async def drop(self, organisation: Organisation, name: str) -> None:
        """See `Receipts.drop`."""

        async def write(connection: Connection) -> None:
            await connection.execute(_DROP, organisation, name)

        await self._database.write(organisation, write)
